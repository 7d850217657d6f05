"""When a delivery is tried again; pure, so that a try's next time can be told from its ids alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aik_service.backoff import jittered

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

WAITS_MS = (
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""The wait after each failed try, the first one after the try that is made at once."""

JITTER = 0.1
LONGEST_MS = 24 * HOUR


def wait_ms(delivery_id: str, attempt: int, retry_after_ms: int | None = None) -> int | None:
    """How long to wait after this failed attempt (1… since the delivery was opened); None after the last.

    Jitter is up to a tenth either way, the same for the same delivery and attempt. A Retry-After makes the wait
    longer and never shorter.
    """
    if attempt > len(WAITS_MS):
        return None
    planned = round(jittered(WAITS_MS[attempt - 1], JITTER, delivery_id, attempt))
    return max(planned, retry_after_ms or 0)


def retry_after_ms(header: str | None, now: datetime) -> int | None:
    """A Retry-After header, seconds or a date (RFC 9110 §10.2.3), a day at most; None when it is neither."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND, LONGEST_MS)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max(0, round((date - now).total_seconds() * SECOND)), LONGEST_MS)
