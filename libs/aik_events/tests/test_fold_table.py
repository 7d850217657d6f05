"""The whole table of what is accepted in which state of a track's job."""

from collections.abc import Callable

import pytest
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.track import JobState, Track, VersionState

STATES = ("none", "queued", "running", "failed", "canceled", "succeeded", "deleted")

EVENTS: dict[str, Callable[[Author], Event]] = {
    "track.imported": lambda a: a.imported(),
    "lyrics.updated": lambda a: a.edited(),
    "lyrics.updated with steps": lambda a: a.edited("align"),
    "track.reprocess_requested": lambda a: a.reprocess("separate"),
    "job.canceled": lambda a: a.canceled(),
    "job.retried": lambda a: a.retried(),
    "job.step_started": lambda a: a.step_started("align", attempt=2),
    "job.step_failed": lambda a: a.step_failed("align", attempt=2),
    "result": lambda a: a.finished("align", attempt=2),
    "last result": lambda a: a.finished("publish", attempt=2),
    "job.failed": lambda a: a.failed("align", attempt=2),
    "track.details_changed": lambda a: a.details_changed(title="New"),
    "track.deleted": lambda a: a.deleted(),
}

# What the job's state is afterwards, or the reason of the rejection, by state of the job: see DESIGN, section 3.
TABLE: dict[str, tuple[str, str, str, str, str, str, str]] = {
    "track.imported": ("=queued", "exists", "exists", "exists", "exists", "exists", "exists"),
    "lyrics.updated": ("unknown-track", "=queued", "=running", "=failed", "=canceled", "=succeeded", "deleted"),
    "lyrics.updated with steps": (
        "unknown-track",
        "job-running",
        "job-running",
        "=queued",
        "=queued",
        "=queued",
        "deleted",
    ),
    "track.reprocess_requested": (
        "unknown-track",
        "job-running",
        "job-running",
        "=queued",
        "=queued",
        "=queued",
        "deleted",
    ),
    "job.canceled": (
        "unknown-track",
        "=canceled",
        "=canceled",
        "job-closed",
        "job-closed",
        "job-closed",
        "deleted",
    ),
    "job.retried": ("unknown-track", "not-failed", "not-failed", "=running", "not-failed", "not-failed", "deleted"),
    "job.step_started": ("unknown-track", "=running", "=running", "late", "late", "late", "late"),
    "job.step_failed": ("unknown-track", "=running", "=running", "late", "late", "late", "late"),
    "result": ("unknown-track", "=running", "=running", "late", "late", "late", "late"),
    "last result": ("unknown-track", "out-of-order", "out-of-order", "late", "late", "late", "late"),
    "job.failed": ("unknown-track", "=failed", "=failed", "late", "late", "late", "late"),
    "track.details_changed": (
        "unknown-track",
        "=queued",
        "=running",
        "=failed",
        "=canceled",
        "=succeeded",
        "deleted",
    ),
    "track.deleted": ("unknown-track", "=canceled", "=canceled", "=failed", "=canceled", "=succeeded", "deleted"),
}
CELLS = [(name, state, cell) for name, row in TABLE.items() for state, cell in zip(STATES, row, strict=True)]


def author_with(state: str) -> Author:
    """A track whose newest job aligns and is in this state; it has stems and lyrics, so that any job could open."""
    author = Author()
    if state == "none":
        return author
    author.imported(lyrics=True)
    author.published()
    author.edited()
    author.reprocess("align")
    if state == "running":
        author.step_started("align")
    if state == "failed":
        author.failed("align")
    if state == "canceled":
        author.canceled()
    if state == "succeeded":
        author.published()
    if state == "deleted":
        author.deleted()
    return author


def with_new_id(event: Event) -> Event:
    """Else a result that a job has had already would only be its repeat."""
    return event.model_copy(update={"meta": event.meta.model_copy(update={"id": "new"})})


@pytest.mark.parametrize(("name", "state", "cell"), CELLS)
def test_every_event_in_every_state_of_the_job(name: str, state: str, cell: str) -> None:
    author = author_with(state)
    before = author.state
    event = with_new_id(EVENTS[name](author))
    after, verdict = evolve(before, event)
    if cell.startswith("="):
        assert verdict.accepted
        assert after.job is not None
        assert after.job.state == JobState(cell.removeprefix("="))
    else:
        assert verdict.reason == cell
        assert after == before.model_copy(update={"verdicts": {**before.verdicts, event.meta.id: verdict}})


def test_the_table_has_every_state_that_a_job_can_be_in() -> None:
    found = {state: author_with(state).state for state in STATES}
    assert {s: t.job.state.value if t.job else "none" for s, t in found.items()} == {
        **{state: state for state in STATES},
        "deleted": "canceled",
    }
    assert [s for s, t in found.items() if t.deleted] == ["deleted"]


def test_the_last_result_closes_the_job() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.went_through("separate", "align", "check")
    after, verdict = evolve(author.state, author.finished("publish"))
    assert verdict.accepted
    assert after.job is not None
    assert (after.job.state, after.newest.state) == (JobState.SUCCEEDED, VersionState.PUBLISHED)


def test_an_event_that_is_not_a_tracks_is_rejected() -> None:
    author = author_with("running")
    _, verdict = evolve(author.state, AssetAuthor().uploaded())
    assert verdict.reason == "not-of-a-track"


def test_an_empty_track_does_not_exist() -> None:
    assert not Track(id="trk_1").exists
