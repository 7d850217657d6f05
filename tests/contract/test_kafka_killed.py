"""A broker that is killed in the middle of appends loses nothing that was acknowledged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aik_events.envelope import Record, decode
from aik_events.event import Event
from aik_events.log import Log, LogUnavailable, OutcomeUnknown
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.author import Author
from aik_events.testing.group_contract import SharedPositions
from aik_events.topics import TRACKS
from aik_local.child import spawn
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.servers.kafka import Kafka, prepare

PATIENCE_S = 60
"""A broker is up after 3 s, unless the machine is busy with other things."""


class Broker:
    """A broker of this test's own, since the shared one must not be killed."""

    def __init__(self, folder: Path) -> None:
        layout = Layout(folder)
        self._output = folder / "kafka.out"
        self._kafka: Kafka = prepare(layout, Ports(layout.ports, {}))
        self.servers = self._kafka.address
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await spawn(self._kafka.program, self._output)

    async def kill(self) -> None:
        """By -9: it has no time to write anything."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Broker]:
    broker = Broker(folder)
    await broker.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await with_topics(broker)
        yield broker
    finally:
        await broker.kill()


async def with_topics(broker: Broker) -> None:
    while True:
        try:
            await create_topics(broker.servers, replication=1)
            return
        except LogUnavailable:
            await asyncio.sleep(0.2)


class Appender:
    """Appends for ever, one event after the other, each as often as it takes to know that it is there."""

    def __init__(self, log: Log, author: Author) -> None:
        self.acknowledged: list[Event] = []
        self.key = author.track.encode()
        self._log = log
        self._author = author
        self._task = asyncio.create_task(self._run())

    async def count(self, more: int) -> None:
        """Waits for this many further events."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(PATIENCE_S):
            while len(self.acknowledged) < wanted:
                await asyncio.wait([self._task], timeout=0.05)
                assert not self._task.done(), self._task.exception()

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            event = self._author.details_changed(title=f"title {len(self.acknowledged)}")
            await self._append(event)
            self.acknowledged.append(event)

    async def _append(self, event: Event) -> None:
        while True:
            try:
                await self._log.append(event)
                return
            except (OutcomeUnknown, LogUnavailable):
                await asyncio.sleep(0.1)


async def test_no_acknowledged_event_is_lost_when_the_broker_is_killed_while_events_are_appended(
    tmp_path: Path,
) -> None:
    async with started(tmp_path) as broker:
        # Shorter than the outage, so that appends fail and are repeated.
        log = KafkaLog(broker.servers, client_id="killed", append_timeout_ms=2_000)
        shared = SharedPositions(await log.ends([TRACKS]))
        async with shared.worker(log, "killed", "reader"):
            appenders = [Appender(log, Author(f"trk_{n}")) for n in range(4)]
            await asyncio.gather(*(a.count(50) for a in appenders))
            await broker.kill()
            await broker.start()
            await asyncio.gather(*(a.count(50) for a in appenders))
            for appender in appenders:
                appender.stop()
            await until_read(shared, appenders)
        await log.close()
    for appender in appenders:
        read = once(shared, appender)
        assert read[: len(appender.acknowledged)] == appender.acknowledged


async def test_an_append_and_a_close_end_in_time_though_the_broker_is_away(tmp_path: Path) -> None:
    author = Author("trk_away")
    async with started(tmp_path) as broker:
        log = KafkaLog(broker.servers, client_id="away", append_timeout_ms=5_000)
        await log.append(author.imported())
        await broker.kill()
        async with asyncio.timeout(30):
            with pytest.raises(OutcomeUnknown):
                await log.append(author.canceled())
            await log.close()


async def until_read(shared: SharedPositions, appenders: list[Appender]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while any(len(once(shared, a)) < len(a.acknowledged) for a in appenders):
            await asyncio.sleep(0.2)


def once(shared: SharedPositions, appender: Appender) -> list[Event]:
    """The appender's events in the order in which they were read, repeats left out."""
    records: list[Record] = [record for _, record in shared.taken if record.key == appender.key]
    return list({event.meta.id: event for event in map(decode, records)}.values())
