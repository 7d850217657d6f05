"""Ordinary stories, written with a plain producer: tracks that are imported and published, many at a time."""

from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from uuid import uuid4

from aik_events.envelope import headers_of, value_of
from aik_events.event import Event
from aik_events.testing.author import Author
from aiokafka import AIOKafkaProducer

AT_ONCE = 50
WINDOW = 5_000


async def write(servers: str, records: int) -> None:
    """Appends so many records to aik.tracks."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, linger_ms=20)
    await producer.start()
    try:
        sent = []
        for event in islice(_events(), records):
            key, headers = event.meta.subject.encode(), list(headers_of(event).items())
            sent.append(await producer.send(event.TOPIC, key=key, value=value_of(event), headers=headers))
            if len(sent) == WINDOW:
                await producer.flush()
                sent.clear()
        await producer.flush()
    finally:
        await producer.stop()


def _events() -> Iterator[Event]:
    """One event of each of 50 tracks, then the next event of each, as when 50 songs are worked on."""
    while True:
        stories = [_story() for _ in range(AT_ONCE)]
        yield from (event for event in chain.from_iterable(zip_longest(*stories)) if event is not None)


def _story() -> list[Event]:
    author = Author(f"trk_{uuid4().hex}", client=f"client-{uuid4().int % 20}")
    return [author.imported(), *author.published()]
