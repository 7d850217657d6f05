"""The contract of a group of readers: they share the partitions out, and no record is missed when one comes or goes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest

from aik_events.envelope import Partition, Record
from aik_events.log import Batch, Log, Reader
from aik_events.testing.author import Author
from aik_events.testing.log_reading import PATIENCE_S, append_all, collect, from_now_on, new_author
from aik_events.topics import TRACKS


class SharedPositions:
    """What every service keeps in its database: the next offset of each partition, moved only by who is right."""

    def __init__(self, ends: Mapping[Partition, int]) -> None:
        self._next = dict(ends)
        self.taken: list[tuple[str, Record]] = []
        self._changed = asyncio.Condition()

    async def start(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return {partition: self._next[partition] for partition in partitions}

    async def take(self, name: str, reader: Reader, batch: Batch) -> None:
        if batch.start != self._next[batch.partition]:
            reader.seek(batch.partition, self._next[batch.partition])
            return
        self._next[batch.partition] = batch.next
        async with self._changed:
            self.taken += [(name, record) for record in batch.records]
            self._changed.notify_all()

    async def have(self, wanted: Sequence[Record]) -> None:
        """Waits until all of these are taken."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: all(r in [taken for _, taken in self.taken] for r in wanted))

    @asynccontextmanager
    async def worker(self, log: Log, group: str, name: str) -> AsyncIterator[None]:
        """A reader of the group that takes whatever it is given, until the end of the block."""

        async def work(reader: Reader) -> None:
            async for batch in reader:
                await self.take(name, reader, batch)

        async with log.read([TRACKS], group=group, start=self.start) as reader:
            working = asyncio.create_task(work(reader))
            try:
                yield
            finally:
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working


class GroupContract:
    """Override `log`, and `group` where not every name of a group will do."""

    @pytest.fixture
    def log(self) -> Log:
        raise NotImplementedError

    @pytest.fixture
    def group(self) -> str:
        return f"contract-{uuid4().hex}"

    async def test_readers_of_a_group_share_the_partitions_and_together_take_every_record(
        self, log: Log, group: str
    ) -> None:
        authors = [new_author() for _ in range(24)]
        shared = SharedPositions(await log.ends([TRACKS]))
        async with shared.worker(log, group, "first"):
            appended = await append_all(log, *(a.imported() for a in authors))
            await shared.have(appended)
            async with shared.worker(log, group, "second"):
                both = await append_all(log, *(a.edited() for a in authors))
                await shared.have(both)
            alone = await append_all(log, *(a.edited() for a in authors))
            await shared.have(alone)
        assert _names(shared, appended) == {"first"}
        assert _names(shared, both) == {"first", "second"}
        assert _names(shared, alone) == {"first"}
        assert _by_track(authors, [r for _, r in shared.taken]) == _by_track(authors, appended + both + alone)

    async def test_nothing_is_missed_when_a_reader_joins_and_leaves_while_events_are_appended(
        self, log: Log, group: str
    ) -> None:
        authors = [new_author() for _ in range(6)]
        shared = SharedPositions(await log.ends([TRACKS]))
        appended = await append_all(log, *(a.imported() for a in authors))
        stop = asyncio.Event()

        async def append_on() -> None:
            while not stop.is_set():
                appended.extend(await append_all(log, *(a.details_changed(title=str(len(appended))) for a in authors)))
                await asyncio.sleep(0.01)

        async with shared.worker(log, group, "first"):
            appending = asyncio.create_task(append_on())
            for name in ("second", "third"):
                async with shared.worker(log, group, name):
                    await shared.have(appended[-1:])
            stop.set()
            await appending
            await shared.have(appended)
        assert _by_track(authors, [r for _, r in shared.taken]) == _by_track(authors, appended)

    async def test_two_readers_without_a_group_both_get_everything(self, log: Log) -> None:
        author = new_author()
        start = await from_now_on(log)
        appended = await append_all(log, author.imported(), author.edited())
        async with (
            log.read([TRACKS], group=None, start=start) as one,
            log.read([TRACKS], group=None, start=start) as other,
        ):
            assert await collect(one, 2, author) == appended
            assert await collect(other, 2, author) == appended


def _names(shared: SharedPositions, records: Sequence[Record]) -> set[str]:
    return {name for name, record in shared.taken if record in records}


def _by_track(authors: Sequence[Author], records: Sequence[Record]) -> dict[str, list[Record]]:
    return {a.track: [r for r in records if r.key == a.track.encode()] for a in authors}
