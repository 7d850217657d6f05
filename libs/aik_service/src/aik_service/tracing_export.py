"""Spans to a collector, by OTLP over HTTP, from a thread of its own."""

import os
import socket

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.re import parse_env_headers

from aik_service.tracing_settings import TracingSettings


def exporting_provider(service: str, settings: TracingSettings) -> TracerProvider:
    """Ends with the process: it sends then what it still has."""
    told = settings.headers.get_secret_value() if settings.headers else ""
    headers = parse_env_headers(told, liberal=True) if told else None
    process = {
        SERVICE_NAME: settings.service_name or f"aik-{service}",
        SERVICE_INSTANCE_ID: f"{socket.gethostname()}-{os.getpid()}",
    }
    provider = TracerProvider(resource=Resource.create(process))
    # The endpoint is left to the exporter, which knows what to append to which variable.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(headers=headers, timeout=settings.timeout_s)))
    return provider
