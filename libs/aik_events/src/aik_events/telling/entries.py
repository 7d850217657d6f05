"""One record of any topic as people look for it: what its headers and body say, read without the catalogue."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from pydantic import ConfigDict
from pydantic_core import from_json

from aik_events.event import TRACEPARENT, Frozen
from aik_events.holding import read
from aik_events.stored import Stored


class Entry(Frozen):
    """`appended` is the record's own time, `time` the event's. `data` is the body where it is JSON, else its Base64."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    offset: int
    appended: datetime
    time: str | None
    type: str
    id: str | None
    key: str
    client: str | None
    source: str | None
    cause: str | None
    traceparent: str | None
    data: Any
    problem: str | None
    """Why this code can't read it."""

    @property
    def trace(self) -> str | None:
        well_formed = self.traceparent and TRACEPARENT.fullmatch(self.traceparent)
        return self.traceparent.split("-")[1] if self.traceparent and well_formed else None

    @property
    def track(self) -> str | None:
        """The track that it is about: its key, or what its body names, as a webhook's does."""
        if self.key.startswith("trk_"):
            return self.key
        return _text(self.fact("trackId"))

    def fact(self, name: str) -> Any:
        """One field of the body; None where there is none."""
        return self.data.get(name) if isinstance(self.data, dict) else None


def entry_of(stored: Stored) -> Entry:
    headers = {name: value.decode(errors="replace") for name, value in stored.headers if value is not None}
    return Entry(
        topic=stored.partition.topic,
        partition=stored.partition.number,
        offset=stored.offset,
        appended=stored.time,
        time=headers.get("ce_time"),
        type=headers.get("ce_type", "?"),
        id=headers.get("ce_id"),
        key=(stored.key or b"").decode(errors="replace"),
        client=headers.get("aik_clientid"),
        source=headers.get("ce_source"),
        cause=headers.get("aik_causationid"),
        traceparent=headers.get("traceparent"),
        data=_body(stored.value),
        problem=read(stored.record).problem,
    )


class Wanted(Frozen):
    """What somebody looks for; what is left out may be anything. `types` may end in * ."""

    types: tuple[str, ...] = ()
    track: str | None = None
    client: str | None = None
    trace: str | None = None
    job: str | None = None

    def is_this(self, entry: Entry) -> bool:
        about = {"track": entry.track, "client": entry.client, "job": _text(entry.fact("jobId"))}
        named = all(getattr(self, name) in (None, value) for name, value in about.items())
        is_traced = self.trace is None or self.trace in (entry.trace, entry.traceparent)
        return named and is_traced and (not self.types or any(_is_of(entry.type, type_) for type_ in self.types))


def _is_of(type_: str, wanted: str) -> bool:
    return type_.startswith(wanted[:-1]) if wanted.endswith("*") else type_ == wanted


def _body(value: bytes | None) -> Any:
    try:
        return from_json(value or b"")
    except ValueError:
        return b64encode(value or b"").decode() if value else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
