"""What must be true when the work is done, however often the process was killed on the way."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from aik_events.catalogue import StepResult
from aik_events.event import Artefact, Event
from aik_events.track import Job, StepState

from tests.faults.judged import Judged, judged, may_move


def history_of(track_id: str, events: Sequence[Event]) -> Sequence[Judged]:
    """Each event of this track with its verdict."""
    return judged([event for event in events if event.meta.subject == track_id]).get(track_id, [])


def assert_legal(history: Sequence[Judged]) -> None:
    """No job goes back, no attempt counts down, and what is published or canceled stays so."""
    for one in history:
        for job in one.after.jobs:
            was = next((known for known in one.before.jobs if known.id == job.id), None)
            assert may_move(was.state if was else None, job.state), f"{one.event.type}: {was} became {job}"
            if was is not None and was.run == job.run:
                _assert_steps_go_on(was, job)
        for version in one.before.versions:
            now = one.after.version(version.number)
            assert now is not None
            if version.state in ("published", "canceled"):
                assert now == version, f"{one.event.type} changed a version that had ended"
        assert one.after.deleted or not one.before.deleted


def _assert_steps_go_on(was: Job, now: Job) -> None:
    for before, after in zip(was.steps, now.steps, strict=True):
        assert after.attempt >= before.attempt
        assert after.state is StepState.SUCCEEDED or before.state is not StepState.SUCCEEDED


def assert_each_result_counts_once(history: Sequence[Judged]) -> None:
    """A result that is told again has the same id, and says the same."""
    results: dict[tuple[str, int, str], list[Judged]] = {}
    for one in history:
        if isinstance(one.event, StepResult):
            results.setdefault((one.event.job_id, one.event.run, one.event.step), []).append(one)
    for of_one_run in results.values():
        assert len([one for one in of_one_run if one.counts]) <= 1
        assert len({one.event.meta.id for one in of_one_run}) == 1
        assert len({str(artefacts_of(one.event)) for one in of_one_run}) == 1


def assert_named_objects_are_there(events: Sequence[Event], stored: Mapping[str, bytes]) -> None:
    for artefact in (artefact for event in events for artefact in artefacts_of(event)):
        content = stored[artefact.key]
        assert (sha256(content).hexdigest(), len(content)) == (artefact.sha256, artefact.size_bytes)


def artefacts_of(event: Event) -> list[Artefact]:
    return list(_artefacts_in(dict(event)))


def _artefacts_in(value: Any) -> Iterator[Artefact]:
    if isinstance(value, Artefact):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _artefacts_in(inner)
