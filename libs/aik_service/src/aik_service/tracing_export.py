"""Spans to a collector, by OTLP over HTTP, from a thread of its own."""

import os
import socket

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.re import parse_env_headers

from aik_service.tracing_settings import TracingSettings

ROOM = 2_048
"""Spans that may wait; beyond that the oldest are lost."""


def exporting_provider(service: str, settings: TracingSettings) -> TracerProvider:
    """Ends with the process: it sends then what it still has."""
    told = settings.headers.get_secret_value() if settings.headers else ""
    headers = parse_env_headers(told, liberal=True) if told else None
    process = {
        SERVICE_NAME: settings.service_name or f"aik-{service}",
        SERVICE_INSTANCE_ID: f"{socket.gethostname()}-{os.getpid()}",
    }
    provider = TracerProvider(resource=Resource.create(process))
    endpoint = settings.traces_endpoint or f"{settings.endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint, headers=headers, timeout=settings.timeout_s)
    # All that waits is one batch, so that a process that ends sends that, and one that is under way.
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=ROOM, max_export_batch_size=ROOM))
    return provider
