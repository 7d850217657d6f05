"""What a run left behind: the log, the tables, the objects, and what clients and their endpoint saw."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aik_events.catalogue import LyricsUpdated, StepResult, TrackImported
from aik_events.event import Artefact, Event
from aik_events.track import Job, Track
from aik_service.objects import ObjectMissing, Objects

from tests.faults.judged import Judged, judged
from tests.faults.songs import Song


@dataclass(frozen=True)
class Receipt:
    """One request to the clients' endpoint, and its answer."""

    webhook_id: str
    body: str
    status: int


@dataclass(frozen=True)
class Stored:
    """An object as it is in the store."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Evidence:
    """`seen` has the last job of each song as its client saw it end, by the song's number.

    `rows` are the read model's as the projector left them, `replayed` those of the same log folded anew. `folded` has
    every consumer's tracks by its schema. `left` says what queues still hold after everything should have ended.
    """

    songs: Sequence[Song]
    seen: Mapping[int, Mapping[str, Any]]
    events: Sequence[Event]
    """Of every track, in the log's order."""
    objects: Mapping[str, Stored] = field(default_factory=dict)
    rows: Sequence[str] = ()
    replayed: Sequence[str] = ()
    folded: Mapping[str, Mapping[str, Track]] = field(default_factory=dict)
    left: Sequence[str] = ()
    receipts: Sequence[Receipt] = ()
    public_url: str = ""

    @cached_property
    def histories(self) -> Mapping[str, Sequence[Judged]]:
        """Every track's records by its id."""
        return judged(self.events)

    @property
    def tracks(self) -> Iterator[Track]:
        return (history[-1].after for history in self.histories.values())

    @property
    def jobs(self) -> Iterator[Job]:
        return (job for track in self.tracks for job in track.jobs)

    @property
    def judged(self) -> Iterator[Judged]:
        return (one for history in self.histories.values() for one in history)


def artefacts_of(event: Event) -> Sequence[Artefact]:
    """The objects that this event names together with their hashes."""
    match event:
        case StepResult():
            return tuple(event.artefacts.values())
        case TrackImported() | LyricsUpdated():
            return () if event.lyrics is None else (event.lyrics,)
        case _:
            return ()


async def stored(objects: Objects, keys: Sequence[str]) -> Mapping[str, Stored]:
    """Those of the keys that have an object."""
    found = {}
    for key in keys:
        try:
            content = await objects.read(key)
        except ObjectMissing:
            continue
        found[key] = Stored(hashlib.sha256(content).hexdigest(), len(content))
    return found
