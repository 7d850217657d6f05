"""A track's log, record by record: what was before each, what after, and which of them it let through."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aik_events.envelope import Record
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.holding import Reading, given_up, pass_on, read
from aik_events.track import Track
from aik_events.verdict import Verdict


@dataclass(frozen=True)
class Folding:
    """One event that was folded."""

    offset: int
    event: Event
    verdict: Verdict
    before: Track
    after: Track


@dataclass(frozen=True)
class Moment:
    """One record read. It folds nothing while it is held, and more than itself when it lets others go."""

    reading: Reading
    foldings: Sequence[Folding]
    dropped: Reading | None
    """The held record that this one gives up."""
    held: Sequence[Reading]
    """What is held from now on."""
    before: Track
    after: Track

    @property
    def is_held(self) -> bool:
        return any(reading is self.reading for reading in self.held)


def moments(track_id: str, records: Iterable[Record]) -> Iterator[Moment]:
    """The records of one track in log order, folded and held as this code folds and holds them."""
    track = Track(id=track_id)
    held: Sequence[Reading] = []
    for reading in map(read, records):
        before, dropped = track, given_up(held, reading)
        ready, held = pass_on(held, reading)
        foldings: list[Folding] = []
        for offset, event in ready:
            after, verdict = evolve(track, event)
            foldings.append(Folding(offset, event, verdict, track, after))
            track = after
        yield Moment(reading, foldings, dropped, held, before, track)


def state_after(track_id: str, records: Iterable[Record]) -> tuple[Track, Sequence[Reading]]:
    """The state that these records add up to, and what is held then."""
    last: tuple[Track, Sequence[Reading]] = (Track(id=track_id), [])
    for moment in moments(track_id, records):
        last = (moment.after, moment.held)
    return last


def accepted(track_id: str, records: Iterable[Record]) -> Iterator[Folding]:
    """Every event that changed the track."""
    for moment in moments(track_id, records):
        yield from (each for each in moment.foldings if each.verdict.accepted and not each.verdict.repeat)


def whole(state: Any) -> Any:
    """Nothing left out."""
    return state


def differences(before: Track, after: Track, shown: Callable[[Any], Any] = whole) -> dict[str, tuple[Any, Any]]:
    """By the path of each value that is another one: what it was and what it is, None where it was not there.

    Of the states' JSON as it is `shown`, without the verdicts, of which every event adds one.
    """
    old, new = (dict(_values(shown(_plain(track)), "")) for track in (before, after))
    paths = [*new, *(path for path in old if path not in new)]
    return {path: (old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)}


def _plain(track: Track) -> dict[str, Any]:
    return track.model_dump(mode="json", by_alias=True, exclude={"verdicts"})


def _values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """What is not made of parts, or has none."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _values(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from _values(part, f"{path}[{number}]")
    else:
        yield path, value
