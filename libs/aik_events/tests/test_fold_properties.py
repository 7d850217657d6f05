"""What holds for every sequence of events, however senseless."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce

from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.testing.author import Author
from aik_events.track import Track
from hypothesis import given, settings
from hypothesis import strategies as st

STEPS = ("separate", "transcribe", "align", "check", "publish", "find-key")
WRITES: tuple[Callable[[Author, str, int], Sequence[Event]], ...] = (
    lambda a, step, n: [a.imported(lyrics=n % 2 == 0)],
    lambda a, step, n: [a.edited()],
    lambda a, step, n: [a.edited(based_on=n)],
    lambda a, step, n: [a.edited("align")],
    lambda a, step, n: [a.reprocess("align")],
    lambda a, step, n: [a.reprocess("transcribe")],
    lambda a, step, n: [a.details_changed(title=step)],
    lambda a, step, n: [a.canceled()],
    lambda a, step, n: [a.retried(accept_qc=n == 1)],
    lambda a, step, n: [a.step_started(step, attempt=n)],
    lambda a, step, n: [a.step_failed(step, attempt=n)],
    lambda a, step, n: [a.failed(step, attempt=n, code="qc-failed" if step == "check" else "engine-failed")],
    lambda a, step, n: [a.finished(step, attempt=n)],
    lambda a, step, n: a.went_through(*STEPS[:n]),
    lambda a, step, n: a.published(),
    lambda a, step, n: [a.deleted()] if n == 3 else [],
)
CALLS = st.tuples(st.sampled_from(WRITES), st.sampled_from(STEPS), st.integers(1, 3))


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """What an author wrote, in its order or in any other, with omissions and repeats."""
    author = Author()
    events: list[Event] = [author.imported(lyrics=draw(st.booleans()))]
    for write, step, number in draw(st.lists(CALLS, max_size=25)):
        events += write(author, step, number)
    order = draw(st.lists(st.integers(0, len(events) - 1), max_size=2 * len(events)))
    return [events[i] for i in (sorted(order) if draw(st.booleans()) else order)]


def folded(events: Sequence[Event]) -> Track:
    return reduce(lambda track, event: evolve(track, event)[0], events, Track(id="trk_1"))


@given(stories())
@settings(max_examples=150, deadline=None)
def test_every_event_gets_a_verdict_and_a_rejected_one_changes_nothing_else(events: list[Event]) -> None:
    track = Track(id="trk_1")
    for event in events:
        after, verdict = evolve(track, event)
        assert after.verdicts[event.meta.id].reason == verdict.reason
        if not verdict.accepted:
            assert after.model_copy(update={"verdicts": {}}) == track.model_copy(update={"verdicts": {}})
        track = after


@given(stories())
@settings(max_examples=150, deadline=None)
def test_repeats_change_nothing(events: list[Event]) -> None:
    first_of_each: dict[str, Event] = {}
    for event in events:
        first_of_each.setdefault(event.meta.id, event)
    assert folded(events) == folded(list(first_of_each.values()))


@given(stories())
@settings(max_examples=150, deadline=None)
def test_version_numbers_count_up_and_are_never_reused(events: list[Event]) -> None:
    track = Track(id="trk_1")
    known: list[tuple[int, str, datetime]] = []
    for event in events:
        track, _ = evolve(track, event)
        now = [(v.number, v.origin, v.created_at) for v in track.versions]
        assert now[: len(known)] == known
        assert [number for number, _, _ in now] == list(range(1, len(now) + 1))
        known = now


@given(stories())
@settings(max_examples=150, deadline=None)
def test_at_most_the_newest_job_is_open_and_its_version_is_processing_while_it_is(events: list[Event]) -> None:
    track = folded(events)
    assert not any(job.is_open for job in track.jobs[:-1])
    processing = [v.number for v in track.versions if v.state == "processing"]
    if not track.deleted:
        assert processing == ([track.job.version] if track.job and track.job.is_open else [])


@given(stories())
@settings(max_examples=100, deadline=None)
def test_a_track_survives_being_stored_as_json(events: list[Event]) -> None:
    track = folded(events)
    assert Track.model_validate_json(track.model_dump_json()) == track
    assert Track.model_validate(track.model_dump(mode="json")) == track
