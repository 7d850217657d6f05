"""One trace from the browser to the webhook: W3C traceparent in, spans here, traceparent out."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = TracerProvider().get_tracer("aik")


@contextmanager
def span(name: str, traceparent: str | None = None) -> Iterator[Span]:
    """A span below the one that `traceparent` names, or below the current one; a new trace when there is neither."""
    context = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with _TRACER.start_as_current_span(name, context=context) as current:
        yield current


def traceparent() -> str | None:
    """The current span in W3C form."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str:
    """The current trace's id, 32 hex digits; zeros outside of any span."""
    return format_trace_id(get_current_span().get_span_context().trace_id)
