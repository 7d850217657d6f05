"""The log: its port, the in-memory one and Apache Kafka."""

from aik_events.log.port import (
    AppendFailed,
    Batch,
    Log,
    LogUnavailable,
    OutcomeUnknown,
    Position,
    PositionOutOfRange,
    Reader,
    Start,
)

__all__ = [
    "AppendFailed",
    "Batch",
    "Log",
    "LogUnavailable",
    "OutcomeUnknown",
    "Position",
    "PositionOutOfRange",
    "Reader",
    "Start",
]
