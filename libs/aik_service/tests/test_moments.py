"""When a step was wanted, what its worker saw, and what it told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.pipeline import Step
from aik_events.telling.points import NoSuchMoment
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_service.rerun.moments import Moment, chosen, moments


def recorded(author: Author, events: Sequence[Event | None]) -> list[Record]:
    """One partition with these events of one track, None for a record that does not decode."""
    at, key = Partition(TRACKS, 0), author.track.encode()
    return [
        Record(at, n, key, b"{", {}) if event is None else Record(at, n, key, value_of(event), headers_of(event))
        for n, event in enumerate(events)
    ]


def found(author: Author, *events: Event | None, step: Step = Step.ALIGN) -> list[Moment]:
    return moments(author.track, recorded(author, events), step)


def told(moment: Moment) -> tuple[int, int | None, str | None]:
    """Where it was wanted, where it was told how it ended, and how."""
    if moment.told is None:
        return moment.offset, None, None
    return moment.offset, moment.told.offset, moment.told.event.type


def test_each_run_of_each_job_that_came_to_the_step_is_a_moment() -> None:
    author = Author()
    events = [author.imported(lyrics=True), *author.went_through("separate"), author.step_started("align")]
    events += [author.failed("align"), author.retried(), *author.published()]
    events += [author.edited("align"), *author.went_through("align")]
    assert [told(moment) for moment in found(author, *events)] == [
        (2, 4, "job.failed"),
        (5, 7, "track.aligned"),
        (12, 14, "track.aligned"),
    ]


def test_a_step_that_nobody_ended_is_told_by_nobody() -> None:
    author = Author()
    running = [author.imported(lyrics=True), *author.went_through("separate"), author.step_started("align")]
    assert [told(moment) for moment in found(author, *running)] == [(2, None, None)]
    assert [told(moment) for moment in found(author, *running, author.canceled())] == [(2, None, None)]


def test_the_state_has_what_was_changed_before_the_attempt_that_told_and_nothing_later() -> None:
    author = Author()
    events = [author.imported(lyrics=True, title="Zero"), *author.went_through("separate", "align", "check")]
    events += [author.details_changed(title="One"), author.step_started("publish")]
    events += [author.details_changed(title="Two"), author.step_failed("publish")]
    events += [author.details_changed(title="Three"), author.step_started("publish", attempt=2)]
    events += [author.details_changed(title="Four"), author.finished("publish", attempt=2)]
    [moment] = found(author, *events, step=Step.PUBLISH)
    assert moment.track.title == "Three"


def test_what_is_held_behind_a_broken_record_is_no_moment_yet() -> None:
    author = Author()
    imported, *separated = [author.imported(lyrics=True), *author.went_through("separate")]
    assert found(author, imported, None, *separated) == []


def test_a_result_that_was_rejected_tells_nothing() -> None:
    author = Author()
    events = [author.imported(lyrics=True), *author.went_through("separate"), author.canceled()]
    assert [told(moment) for moment in found(author, *events, author.finished("align"))] == [(2, None, None)]


@pytest.fixture
def twice() -> tuple[Author, list[Record]]:
    """Aligned in a job from @2 on, and in another one from @9 on."""
    author = Author()
    events = [author.imported(lyrics=True), *author.went_through("separate"), *author.published()]
    return author, recorded(author, [*events, author.edited("align"), *author.went_through("align")])


@pytest.mark.parametrize(
    ("at", "offset"),
    [
        (None, 9),
        ("9", 9),
        ("8", 2),
        ("2", 2),
        ("2026-01-01T12:00:10Z", 9),
        ("2026-01-01T12:00:09", 2),
        ("2026-01-01T14:00:09+02:00", 2),
    ],
)
def test_the_newest_moment_up_to_an_offset_or_a_time(
    twice: tuple[Author, list[Record]], at: str | None, offset: int
) -> None:
    author, records = twice
    assert chosen(moments(author.track, records, Step.ALIGN), records, at).offset == offset


def test_the_newest_moment_up_to_an_event(twice: tuple[Author, list[Record]]) -> None:
    author, records = twice
    at = records[4].headers["ce_id"].decode()
    assert chosen(moments(author.track, records, Step.ALIGN), records, at).offset == 2


@pytest.mark.parametrize("at", ["1", "2026-01-01T12:00:00Z", "nonsense"])
def test_where_the_step_was_never_wanted_there_is_no_moment(twice: tuple[Author, list[Record]], at: str) -> None:
    author, records = twice
    with pytest.raises(NoSuchMoment):
        chosen(moments(author.track, records, Step.ALIGN), records, at)


def test_a_repeated_result_changes_nothing(twice: tuple[Author, list[Record]]) -> None:
    author, records = twice
    again = [*records, replace(records[4], offset=len(records))]
    assert moments(author.track, again, Step.ALIGN) == moments(author.track, records, Step.ALIGN)
