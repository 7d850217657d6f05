"""Logs: JSON lines in containers, readable lines on a terminal; the trace id always."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from opentelemetry.trace import format_trace_id, get_current_span


def configure(service: str, *, format: Literal["console", "json"], level: str) -> None:
    """Sends everything, the libraries' records too, through one renderer to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _trace_id,
        structlog.stdlib.add_log_level,
        _without_color_message,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Its errors reach us as exceptions; besides, it says them thirty times a second while a broker is away.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # It logs every URL that it asks for, and ours carry signatures.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _without_color_message(logger: Any, method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """uvicorn says everything twice, once in color."""
    fields.pop("color_message", None)
    return fields


def _trace_id(logger: Any, method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = get_current_span().get_span_context()
    if context.is_valid:
        fields.setdefault("traceId", format_trace_id(context.trace_id))
    return fields
