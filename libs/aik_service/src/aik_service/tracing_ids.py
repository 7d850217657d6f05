"""Traces without a collector: spans only have ids, for the log, the answers and whoever is called."""

import random
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags, get_current_span

SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def start_span(name: str, context: Context | None = None, **_: Any) -> Span:
    """A third of what the SDK's costs, and its import is saved. Whether to sample is left as the caller said."""
    parent = get_current_span(context).get_span_context()
    trace_id, flags = (parent.trace_id, parent.trace_flags) if parent.is_valid else (_random(128), SAMPLED)
    return NonRecordingSpan(SpanContext(trace_id, _random(64), is_remote=False, trace_flags=flags))


def _random(bits: int) -> int:
    return random.getrandbits(bits) or 1  # Zeros are no id.
