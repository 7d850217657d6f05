"""What does not decode is copied to the dead letters, once at least, and folding never waits for that."""

import asyncio
from collections.abc import Mapping

import pytest
from aik_events.envelope import Record
from aik_events.log import AppendFailed, LogUnavailable, Position
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_events.topics import DEAD_LETTERS, TRACKS
from aik_service.dead_letters import DeadLetters
from aik_service.holds import HELD
from prometheus_client import REGISTRY
from sqlalchemy import select

from tests.pipeline.poison import fold, held
from tests.pipeline.stack import Stack, in_background

AUTHOR = Author("trk_a")
BROKEN = {"ce_type": b"track.starred", "ce_id": b"\xff"}


async def hold(stack: Stack) -> None:
    """A record that does not decode, one that waits behind it, and another key's that does not decode either."""
    inbox = stack.inbox()
    await inbox.prepare()
    partition = stack.log.partition_of(TRACKS, AUTHOR.track)
    await stack.log.append_raw(partition, AUTHOR.track.encode(), b"{", BROKEN)
    await stack.log.append(Author("trk_a").imported())
    await stack.log.append_raw(partition, b"\xff", b"", {})
    await fold(inbox, stack.database, stack.log)


def dead_letters(stack: Stack, log: MemoryLog | None = None) -> DeadLetters:
    return DeadLetters(log or stack.log, stack.database, consumer="aik-separator")


async def copies(log: MemoryLog) -> list[Record]:
    return [record for partition in await log.ends([DEAD_LETTERS]) for record in log.slice_of(partition, 0)]


async def copied(stack: Stack) -> list[bool]:
    async with stack.database.begin() as connection:
        return list((await connection.execute(select(HELD.c.copied).order_by(HELD.c.offset))).scalars())


async def test_a_copy_has_the_record_as_it_was_and_says_who_holds_it_and_why(stack: Stack) -> None:
    await hold(stack)
    await dead_letters(stack).copy()
    first = next(record for record in await copies(stack.log) if record.key == AUTHOR.track.encode())
    partition = stack.log.partition_of(TRACKS, AUTHOR.track).number
    assert first.value == b"{"
    assert first.headers == {
        **BROKEN,
        "aik_consumer": b"aik-separator",
        "aik_reason": b"'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        "aik_topic": TRACKS.encode(),
        "aik_partition": str(partition).encode(),
        "aik_offset": b"0",
    }


async def test_what_only_waits_is_not_copied_and_nothing_is_copied_twice(stack: Stack) -> None:
    await hold(stack)
    count = REGISTRY.get_sample_value("aik_dead_letters_total", {"topic": TRACKS})
    await dead_letters(stack).copy()
    await dead_letters(stack).copy()
    assert sorted(record.key for record in await copies(stack.log)) == [AUTHOR.track.encode(), b"\xff"]
    assert count is not None
    assert REGISTRY.get_sample_value("aik_dead_letters_total", {"topic": TRACKS}) == count + 2
    assert await copied(stack) == [True, False, True]


class DyingLog(MemoryLog):
    """Whoever copies dies when the first copy is durable."""

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        await super().copy(record, topic, headers)
        raise asyncio.CancelledError


async def test_a_crash_between_the_copy_and_its_note_copies_again(stack: Stack) -> None:
    await hold(stack)
    dying = DyingLog()
    with pytest.raises(asyncio.CancelledError):
        await dead_letters(stack, dying).copy()
    assert len(await copies(dying)) == 1
    assert await copied(stack) == [False, False, False]
    await dead_letters(stack).copy()
    assert await copied(stack) == [True, False, True]


class RefusingLog(MemoryLog):
    """One record is too big."""

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        if record.value == b"{":
            raise AppendFailed("too big")
        return await super().copy(record, topic, headers)


async def test_a_copy_that_is_refused_keeps_back_no_other(stack: Stack) -> None:
    await hold(stack)
    await dead_letters(stack, RefusingLog()).copy()
    assert await copied(stack) == [False, False, True]


class AwayLog(MemoryLog):
    """Takes no copies while it is away; `tried` is set when somebody has tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = asyncio.Event()
        self.back = asyncio.Event()

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        self.tried.set()
        if not self.back.is_set():
            raise LogUnavailable
        return await super().copy(record, topic, headers)


async def test_folding_goes_on_while_no_copy_can_be_made_and_the_copy_follows(stack: Stack) -> None:
    stack.log = log = AwayLog()
    partition = log.partition_of(TRACKS, AUTHOR.track)
    inbox = stack.inbox()
    await inbox.prepare()
    async with in_background(inbox.run()), asyncio.timeout(20):
        await log.append_raw(partition, AUTHOR.track.encode(), b"{", {})
        await log.tried.wait()
        await log.append(Author("trk_a").imported())
        while await held(stack.database) != [(0, False), (1, True)]:
            await asyncio.sleep(0.01)
        log.back.set()
        while not await copies(log):
            await asyncio.sleep(0.01)


async def test_the_gauge_says_how_many_are_held(stack: Stack) -> None:
    await hold(stack)
    async with in_background(dead_letters(stack).run()), asyncio.timeout(10):
        while REGISTRY.get_sample_value("aik_inbox_held_records") != 3:
            await asyncio.sleep(0.01)
