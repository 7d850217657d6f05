"""A hundred random logs: replayed they give the same rows each time, and the same as live folding in any batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from aik_events.envelope import Record
from aik_events.event import Event
from aik_events.track import Track
from aik_gateway.readmodel.rows import by_table, changed_rows, event_rows
from aik_gateway.rebuild.replay import Replay
from aik_service.folding import TRACK_FOLD, Change, fold_all
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.gateway_histories import HERE, histories, records

Tables = dict[str, dict[tuple[Any, ...], Mapping[str, Any]]]
"""Each table's rows by primary key."""


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
