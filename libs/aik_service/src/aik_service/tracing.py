"""One trace from the browser to the webhook: W3C traceparent in, spans here, traceparent out.

Without a collector (OTEL_EXPORTER_OTLP_ENDPOINT) spans only have ids.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, format_trace_id, get_current_span, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from aik_service import tracing_ids
from aik_service.tracing_settings import TracingSettings

Facts = Mapping[str, str | int | float | None]
"""What is known of what a span is about; named as in the log, with `aik.` before it."""

_PROPAGATOR = TraceContextTextMapPropagator()
_start_span: Callable[..., Span] = tracing_ids.start_span


def configure(service: str, settings: TracingSettings) -> None:
    """Spans go to the collector from now on, if there is one. OTEL_SERVICE_NAME goes before `service`.

    What has not been sent when the process ends is tried for twice `settings.timeout_s` at most.
    """
    if not settings.are_exported:
        return
    # Only here, since it takes 0.4 s of every start.
    from aik_service.tracing_export import exporting_provider

    global _start_span
    _start_span = exporting_provider(service, settings).get_tracer("aik").start_span


@contextmanager
def span(
    name: str,
    traceparent: str | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    about: Facts | None = None,
    is_exported: bool = True,
) -> Iterator[Span]:
    """A span below the one that `traceparent` names, or below the current one; a new trace when there is neither.

    An exception is told by its type alone: messages may say what is nobody else's business.
    """
    start_span = _start_span if is_exported else tracing_ids.start_span
    begun = start_span(name, context=_context_of(traceparent), kind=kind, attributes=_attributes(about))
    with use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False) as current:
        try:
            yield current
        except Exception as error:
            failed(current, type(error).__name__)
            raise


def passed(name: str, seconds: float, traceparent: str | None = None, *, about: Facts | None = None) -> None:
    """A span that ends now and began so long ago; below the one that `traceparent` names, or below the current one."""
    now = time.time_ns()
    began = now - round(seconds * 1e9)
    context = _context_of(traceparent)
    _start_span(name, context=context, attributes=_attributes(about), start_time=began).end(now)


def ended(span: Span, outcome: str, *, well: bool) -> None:
    """Still to be called inside of it."""
    span.set_attribute("aik.outcome", outcome)
    if not well:
        failed(span, outcome)


def failed(span: Span, code: str) -> None:
    """Shown in red by whoever draws the trace."""
    span.set_status(StatusCode.ERROR, code)


def traceparent() -> str | None:
    """The current span in W3C form."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str:
    """The current trace's id, 32 hex digits; zeros outside of any span."""
    return format_trace_id(get_current_span().get_span_context().trace_id)


def _attributes(facts: Facts | None) -> dict[str, str | int | float]:
    return {f"aik.{name}": value for name, value in (facts or {}).items() if value is not None}


def _context_of(traceparent: str | None) -> Context | None:
    return _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
