"""Which jobs are counted as ended, how, and how long their songs took."""

from collections.abc import Iterable
from datetime import timedelta

from aik_events.envelope import Partition
from aik_events.event import Event
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_gateway.readmodel.finished import FRESH, Finished, finished_of
from aik_service.folding import TRACK_FOLD, fold_all


def ended(events: Iterable[Event], *, late: timedelta = timedelta()) -> list[Finished]:
    """`late`: so long after the first event it is folded."""
    listed = list(events)
    changes = fold_all(TRACK_FOLD, {}, Partition(TRACKS, 0), list(enumerate(listed)))[0]
    return list(finished_of(changes, listed[0].meta.time + late - FRESH))


def test_a_song_is_counted_with_its_time_for_each_second_of_it() -> None:
    author = Author()
    events = [author.imported(), *author.published()]
    assert author.state.duration_ms
    seconds = (events[-1].meta.time - events[0].meta.time).total_seconds()
    assert ended(events) == [Finished("succeeded", seconds / (author.state.duration_ms / 1000))]


def test_what_is_ours_is_apart_from_what_is_refused() -> None:
    ours, refused = Author(), Author()
    assert ended([ours.imported(), ours.failed("separate")]) == [Finished("failed")]
    bad = [refused.imported(), refused.failed("separate", code="source-silent", retryable=False)]
    assert ended(bad) == [Finished("refused")]


def test_a_song_that_was_canceled_or_retried_tells_nothing_of_speed() -> None:
    author = Author()
    canceled = [author.imported(), author.canceled()]
    retried = [author.retried(), *author.published()]
    assert ended([*canceled, *retried])[0] == Finished("canceled")
    again = Author()
    events = [again.imported(), again.failed("separate"), again.retried(), *again.published()]
    assert ended(events) == [Finished("failed"), Finished("succeeded")]


def test_an_edit_is_counted_and_tells_nothing_of_the_whole_way() -> None:
    author = Author()
    first = [author.imported(lyrics=True), *author.published()]
    edit = [author.edited("align"), *author.published()]
    assert [each.outcome for each in ended([*first, *edit])] == ["succeeded", "succeeded"]
    assert ended([*first, *edit])[1].ratio is None


def test_what_ended_long_ago_was_counted_then() -> None:
    author = Author()
    assert ended([author.imported(), *author.published()], late=2 * FRESH) == []
