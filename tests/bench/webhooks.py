"""Webhooks of the notifier's own process against a bare httpx loop that posts the same bodies to the same receiver."""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.messages import message_of
from aik_local.testing import Servers, temporary_folder
from aik_notifier.tables import DELIVERY
from aik_notifier.testing.story import Song
from rich.console import Console
from rich.table import Table

from tests.bench.receiver import HEALTHY, Receivers, receiving
from tests.bench.suite import Meter, Usage
from tests.pipeline.notifier_process import (
    NotifierProcess,
    append,
    deliveries,
    disabled,
    enabled,
    made_secret,
    songs,
    until,
)

CLIENT = "bench"
WITHIN_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=2_000)
    parser.add_argument("--lines", type=Path, default=Path(os.devnull), help="where the notifier's lines go")
    arguments = parser.parse_args()
    with temporary_folder() as folder, receiving() as receivers:
        servers = Servers(folder)
        servers.start()
        try:
            notifier = NotifierProcess(servers.environment, arguments.lines, {"AIK_LOG_LEVEL": "INFO"})
            asyncio.run(_compared(notifier, receivers, arguments.deliveries))
        finally:
            servers.stop()


async def _compared(notifier: NotifierProcess, receivers: Receivers, count: int) -> None:
    """The loop before and after; what waits is folded before, and becomes due all at once."""
    url, postgres = receivers.url(HEALTHY), notifier.servers["AIK_POSTGRES"]
    stories = songs(count, url, CLIENT)
    bodies = [_body(song) for song in stories]
    await made_secret(postgres, CLIENT)
    await create_topics(notifier.servers["AIK_KAFKA"], replication=1)
    log = KafkaLog(notifier.servers["AIK_KAFKA"], client_id="bench", append_timeout_ms=60_000)
    await log.append(disabled(CLIENT, url))
    await append(log, stories)
    before = await _looped(url, bodies)
    with notifier.up():
        await until(lambda: _are_opened(postgres, count), WITHIN_S)
        receivers.reset()
        assert notifier.running is not None
        meter, began = Meter(notifier.running.pid), time.time()
        await log.append(enabled(CLIENT, url))
        await until(lambda: receivers.received.value >= count, WITHIN_S)
        usage, took = meter.read(), receivers.last_at.value - began
        await until(lambda: _are_folded(postgres, count), WITHIN_S)
        repeated = receivers.received.value - count
    after = await _looped(url, bodies)
    await log.close()
    _show(count, count / took, [count / before, count / after], usage, repeated)


async def _are_opened(postgres: str, count: int) -> bool:
    return await deliveries(postgres, CLIENT) == count


async def _are_folded(postgres: str, count: int) -> bool:
    return await deliveries(postgres, CLIENT, DELIVERY.c.outcome.is_not(None)) == count


def _body(song: Song) -> bytes:
    events = song.to_published()
    message = message_of(events[-1], song.folded(*events))
    assert message is not None
    return message.body("http://127.0.0.1:8080").encode()


async def _looped(url: str, bodies: Sequence[bytes]) -> float:
    """Seconds for one post after the other over a connection that is kept open."""
    async with httpx.AsyncClient(trust_env=False) as client:
        began = time.perf_counter()
        for body in bodies:
            answer = await client.post(url, content=body, headers={"content-type": "application/json"})
            answer.raise_for_status()
        return time.perf_counter() - began


def _show(count: int, sent: float, looped: Sequence[float], usage: Usage, repeated: int) -> None:
    best = max(looped)
    table = Table(
        title=f"{count:,} webhooks to one receiver, {os.cpu_count()} cores",
        caption=f"notifier / loop = {sent / best:.2f} (goal ≥ 0.5); posted more than once: {repeated}",
    )
    for column in ("", "webhooks/s", "ms of computing for each"):
        table.add_column(column, justify="right")
    table.add_row("httpx loop, the better of two", f"{best:,.0f}", "")
    table.add_row("notifier", f"{sent:,.0f}", f"{usage.cpu_s / count * 1000:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
