"""A hundred random logs: replayed they give the same rows each time, and the same as live folding in any batches."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_gateway.readmodel.rows import by_table, changed_rows, event_rows
from aik_service.folding import TRACK_FOLD, Change, fold_all
from aik_service.replay import Replay
from hypothesis import given, settings
from hypothesis import strategies as st

HERE = Partition(TRACKS, 0)
STEPS = ("separate", "transcribe", "align", "check", "publish")
Tables = dict[str, dict[tuple[Any, ...], Mapping[str, Any]]]
"""Each table's rows by primary key."""

Write = Callable[[Author, int], Sequence[Event]]
WRITES: Sequence[Write] = (
    lambda author, n: [author.imported(lyrics=n % 2 == 0, callback_url="https://hooks.example.org/aik")],
    lambda author, n: author.published(),
    lambda author, n: [author.step_started(STEPS[n % 5], attempt=1 + n % 3)],
    lambda author, n: [author.finished(STEPS[n % 5])],
    lambda author, n: [author.step_failed(STEPS[n % 5], attempt=1 + n % 3)],
    lambda author, n: [author.failed(STEPS[n % 5])],
    lambda author, n: [author.edited()],
    lambda author, n: [author.edited("align")],
    lambda author, n: [author.edited(based_on=n % 4)],
    lambda author, n: [author.reprocess(("transcribe", "align")[n % 2])],
    lambda author, n: [author.canceled(), author.finished(STEPS[n % 5])],
    lambda author, n: [author.retried(accept_qc=n % 2 == 0)],
    lambda author, n: [author.details_changed(title=str(n))],
    lambda author, n: [author.deleted()] if n % 7 == 0 else [],
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to three tracks' events, out of place and told twice."""
    authors = [Author(f"trk_{n}") for n in range(draw(st.integers(1, 3)))]
    for author in authors:
        author.state = Track(id=author.track)
    events: list[Event] = [author.imported(lyrics=True) for author in authors if draw(st.booleans())]
    choices = st.tuples(st.integers(0, 2), st.integers(0, len(WRITES) - 1), st.integers(0, 20))
    for which, write, n in draw(st.lists(choices, min_size=3, max_size=25)):
        author = authors[which % len(authors)]
        if author.state.versions or write < 6:
            events += WRITES[write](author, n)
        if events and n % 5 == 0:
            events.append(events[(n * 7) % len(events)])
    return events


def records(events: Sequence[Event]) -> list[Record]:
    return [Record(HERE, n, e.meta.subject.encode(), value_of(e), headers_of(e)) for n, e in enumerate(events)]


def stored(tables: Tables, changes: Sequence[Change]) -> None:
    """As the projector's upserts and inserts leave them."""
    for rows, is_over in ((changed_rows(changes), True), (event_rows(changes), False)):
        for table, values in by_table(rows).items():
            for row in values:
                key = tuple(row[column.name] for column in table.primary_key)
                kept = tables.setdefault(table.name, {})
                kept[key] = row if is_over else kept.get(key, row)


def folded_live(told: Sequence[Record], sizes: Sequence[int]) -> tuple[Tables, Mapping[str, Any]]:
    """As an inbox folds: each batch from states that were stored as JSON by the one before."""
    tables: Tables = {}
    states: dict[str, Any] = {}
    replay, at, turn = Replay(TRACK_FOLD, HERE, ()), 0, 0
    while at < len(told):
        size = sizes[turn % len(sizes)]
        ready = replay.ready(told[at : at + size])
        known = {key: Track.model_validate(state) for key, state in states.items()}
        changes, after = fold_all(TRACK_FOLD, known, HERE, ready)
        stored(tables, changes)
        states.update({key: state.model_dump(mode="json") for key, state in after.items()})
        at, turn = at + size, turn + 1
    return tables, states


def replayed(told: Sequence[Record]) -> tuple[Tables, Mapping[str, Any]]:
    """As a rebuild folds: everything at once, in memory."""
    tables: Tables = {}
    replay = Replay(TRACK_FOLD, HERE, ())
    changes, after = replay.fold(replay.ready(told))
    stored(tables, changes)
    return tables, {key: state.model_dump(mode="json") for key, state in after.items()}


@given(events=histories(), sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_replay_gives_the_same_rows_each_time_and_those_of_live_folding(
    events: list[Event], sizes: list[int]
) -> None:
    told = records(events)
    assert replayed(told) == replayed(told) == folded_live(told, sizes) == folded_live(told, [1])
