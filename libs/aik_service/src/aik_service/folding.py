"""Folding a batch: which states change, and which changes follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aik_events.asset import Asset, evolve_asset
from aik_events.endpoint import Endpoint, evolve_endpoint
from aik_events.envelope import Partition
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.log import Position
from aik_events.topics import ASSETS, TRACKS, WEBHOOKS
from aik_events.track import Track
from aik_events.verdict import Verdict
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Fold:
    """How the aggregates of one topic are folded: their class, and the function that takes one event further."""

    topic: str
    state: type[BaseModel]
    evolve: Callable[[Any, Event], tuple[Any, Verdict]]


TRACK_FOLD = Fold(TRACKS, Track, evolve)
ASSET_FOLD = Fold(ASSETS, Asset, evolve_asset)
ENDPOINT_FOLD = Fold(WEBHOOKS, Endpoint, evolve_endpoint)


@dataclass(frozen=True)
class Change:
    """One event and what it did to its aggregate."""

    position: Position
    event: Event
    verdict: Verdict
    before: Any
    after: Any


class Projection(Protocol):
    """Brings what follows from the state up to date, inside the batch's own transaction.

    Level-triggered: it may look at nothing but the last state of each aggregate, and is called again after a crash.
    """

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None: ...

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Stops what these ask to be stopped: `job.canceled` and `track.deleted` that are held, and not folded yet.

        Called after `apply`, again as long as they are held, and maybe for events that the fold will reject.
        """


def fold_all(
    fold: Fold, states: Mapping[str, Any], partition: Partition, events: Sequence[tuple[int, Event]]
) -> tuple[list[Change], dict[str, Any]]:
    """Folds events in order over the known states; gives each change, and the last state of each aggregate."""
    after: dict[str, Any] = {}
    changes: list[Change] = []
    for offset, event in events:
        key = event.meta.subject
        before = after.get(key) or states.get(key) or fold.state(id=key)
        after[key], verdict = fold.evolve(before, event)
        changes.append(Change(Position(partition, offset), event, verdict, before, after[key]))
    return changes, after
