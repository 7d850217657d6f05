"""How far a projection is behind, as its processes tell it."""

from dataclasses import dataclass

from aik_events.testing.author import Author
from aik_events.topics import ASSETS, TRACKS
from aik_service.projection_lag import Lag, ProjectionLag

from tests.pipeline.poison import fold
from tests.pipeline.stack import Stack


@dataclass
class Clock:
    seconds: float = 1_000

    def __call__(self) -> float:
        return self.seconds


async def test_what_waits_in_the_log_is_counted_and_grows_older_until_it_is_folded(stack: Stack) -> None:
    clock, inbox, author = Clock(), stack.inbox(), Author()
    await inbox.prepare()
    lag = ProjectionLag(stack.log, stack.database, [TRACKS], consumer="aik-separator", clock=clock)
    assert await lag.look() == {TRACKS: Lag(0, 0)}
    await stack.log.append(author.imported())
    assert await lag.look() == {TRACKS: Lag(1, 0)}
    clock.seconds += 60
    await stack.log.append(author.step_started("separate"))
    await stack.import_song("la")
    assert await lag.look() == {TRACKS: Lag(3, 60)}
    await fold(inbox, stack.database, stack.log)
    assert await lag.look() == {TRACKS: Lag(0, 0)}


async def test_every_topic_is_told_even_where_nothing_was_ever_written(stack: Stack) -> None:
    await stack.inbox().prepare()
    lag = ProjectionLag(stack.log, stack.database, [TRACKS, ASSETS], consumer="aik-gateway")
    await stack.import_song("la")
    assert await lag.look() == {TRACKS: Lag(1, 0), ASSETS: Lag(0, 0)}
