"""In which order records of a file reach the log."""

import asyncio
from pathlib import Path
from typing import Any

from aik_events.envelope import Partition, headers_of, value_of
from aik_events.event import Event
from aik_events.exchange.importing import Sequences, there
from aik_events.log.taking_in import Plan, Taken, Taking, append_new
from aik_events.stored import Stored
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author


class SlowProducer:
    """Has appended nothing of what it was sent until somebody waits for it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def send(self, topic: str, *_: Any, **__: Any) -> "asyncio.Future[Any]":
        self.told.append(f"sent {topic}")
        appended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self._append, topic, appended)
        return appended

    def _append(self, topic: str, appended: "asyncio.Future[Any]") -> None:
        self.told.append(f"appended {topic}")
        appended.set_result(None)


def stored(event: Event, offset: int) -> Stored:
    partition = Partition(event.TOPIC, 0)
    return Stored(partition, offset, 5, event.meta.subject.encode(), value_of(event), tuple(headers_of(event).items()))


async def test_the_log_has_all_of_a_topic_before_the_next_gets_anything() -> None:
    author, asset = Author(), AssetAuthor()
    events = [asset.upload_started(), asset.uploaded(), author.imported(), author.edited()]
    records = [stored(event, number) for number, event in enumerate(events)]
    wanted = Sequences.of(records)
    taking = Taking(Plan(Path(), None, there(Sequences(), wanted), Sequences(), wanted.named), Taken())
    producer = SlowProducer()
    await append_new(producer, records, taking)
    assets, tracks = "aik.assets", "aik.tracks"
    both = [[f"{what} {topic}"] * 2 for topic in (assets, tracks) for what in ("sent", "appended")]
    assert producer.told == [line for lines in both for line in lines]
