"""The clock of processes; what decides is given it as a function."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
