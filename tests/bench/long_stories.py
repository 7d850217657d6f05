"""Tracks of 40 events each, written with a plain producer: imported, published, edited, failed, retried, done again."""

from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from uuid import uuid4

from aik_events.envelope import headers_of, value_of
from aik_events.event import Event
from aik_events.testing.author import Author
from aiokafka import AIOKafkaProducer

AT_ONCE = 50
WINDOW = 5_000
EVENTS = 40
HOOK = "https://hooks.example.org/aik"


async def write(servers: str, records: int) -> None:
    """Appends so many records to aik.tracks; there are 40 for each track."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, linger_ms=20)
    await producer.start()
    try:
        for number, event in enumerate(events(records)):
            key, headers = event.meta.subject.encode(), list(headers_of(event).items())
            await producer.send(event.TOPIC, key=key, value=value_of(event), headers=headers)
            if number % WINDOW == 0:
                await producer.flush()
        await producer.flush()
    finally:
        await producer.stop()


def events(records: int) -> Iterator[Event]:
    """One event of each of 50 tracks, then the next event of each, as when 50 songs are worked on."""

    def endless() -> Iterator[Event]:
        while True:
            stories = [story() for _ in range(AT_ONCE)]
            yield from (event for event in chain.from_iterable(zip_longest(*stories)) if event is not None)

    return islice(endless(), records)


def story() -> list[Event]:
    author = Author(f"trk_{uuid4().hex}", client=f"client-{uuid4().int % 20}")
    told: list[Event] = [author.imported(lyrics=True, callback_url=HOOK), *author.published()]
    while len(told) < EVENTS:
        told += [author.edited(), author.reprocess("align"), author.step_started("align"), author.failed("align")]
        told += [author.retried(), *author.published()]
    return told[:EVENTS]
