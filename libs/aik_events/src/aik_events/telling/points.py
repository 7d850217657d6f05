"""A moment of a track's log, as people write it: an offset, a time or an event's id."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aik_events.envelope import Record


class NoSuchMoment(Exception):
    """The track's log has no such moment; the message is a sentence that says so."""

    code = "no-such-moment"


AGO = re.compile(r"(\d+)([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def time_of(text: str, now: datetime | None = None) -> datetime:
    """An ISO time, in UTC without a zone; or, where `now` is given, 30s, 15m, 2h or 3d before. Raises ValueError."""
    ago = AGO.fullmatch(text)
    if ago is not None and now is not None:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def up_to(records: Sequence[Record], at: str) -> Sequence[Record]:
    """Those that the log had at this moment, the record itself included. Raises NoSuchMoment.

    A time is the events' own: up to the last that was minted by then.
    """
    if at.removeprefix("@").isdecimal():
        found = [n for n, record in enumerate(records) if record.offset == int(at.removeprefix("@"))]
    elif at[:4].isdecimal() and at[4:5] == "-":
        found = _by_then(records, _moment(at))
    else:
        found = [n for n, record in enumerate(records) if record.headers.get("ce_id") == at.encode()]
    if not found:
        raise NoSuchMoment(_unknown(at))
    return records[: found[-1] + 1]


def _by_then(records: Sequence[Record], then: datetime) -> list[int]:
    times = [_minted(record) for record in records]
    return [n for n, time in enumerate(times) if time is not None and time <= then]


def _moment(text: str) -> datetime:
    try:
        return time_of(text)
    except ValueError:
        raise NoSuchMoment(_unknown(text)) from None


def _unknown(at: str) -> str:
    return f"The track has no moment {at}: `aik-events story` lists its offsets and times, with --json its events."


def _minted(record: Record) -> datetime | None:
    try:
        return time_of(record.headers["ce_time"].decode())
    except (KeyError, ValueError):
        return None
