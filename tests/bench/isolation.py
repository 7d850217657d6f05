"""How long the webhooks of a healthy endpoint take beside one that hangs and one that answers 500, and without them."""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_local.testing import Servers, temporary_folder
from rich.console import Console
from rich.table import Table

from tests.bench.receiver import FAILING, HANGING, HEALTHY, Receivers, receiving
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

WITHIN_S = 600.0


@dataclass(frozen=True)
class Sizes:
    healthy: int
    bad: int
    """Of each of the two."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--healthy", type=int, default=1_000, help="deliveries")
    parser.add_argument("--bad", type=int, default=500, help="deliveries to each of the two others, due before")
    parser.add_argument("--lines", type=Path, default=Path(os.devnull), help="where the notifier's lines go")
    arguments = parser.parse_args()
    with temporary_folder() as folder, receiving() as receivers:
        servers = Servers(folder)
        servers.start()
        try:
            notifier = NotifierProcess(servers.environment, arguments.lines)
            sizes = Sizes(arguments.healthy, arguments.bad)
            alone, beside = asyncio.run(_both(notifier, receivers, sizes))
        finally:
            servers.stop()
    _show(sizes, alone, beside)


async def _both(notifier: NotifierProcess, receivers: Receivers, sizes: Sizes) -> tuple[float, float]:
    """Seconds of the healthy ones: without the others, then with them."""
    await create_topics(notifier.servers["AIK_KAFKA"], replication=1)
    log = KafkaLog(notifier.servers["AIK_KAFKA"], client_id="bench", append_timeout_ms=60_000)
    with notifier.up():
        alone = await _took(notifier, receivers, log, "alone", {HEALTHY: sizes.healthy})
        bad = {HANGING: sizes.bad, FAILING: sizes.bad}
        beside = await _took(notifier, receivers, log, "beside", {**bad, HEALTHY: sizes.healthy})
    await log.close()
    return alone, beside


async def _took(
    notifier: NotifierProcess, receivers: Receivers, log: KafkaLog, client: str, counts: dict[str, int]
) -> float:
    """Everything waits and becomes due at once, in this order; until the healthy one has all of its own."""
    postgres = notifier.servers["AIK_POSTGRES"]
    await made_secret(postgres, client)
    urls = {host: receivers.url(host) for host in counts}
    for url in urls.values():
        await log.append(disabled(client, url))
    for host, count in counts.items():
        await append(log, songs(count, urls[host], client))
    await until(lambda: _are_opened(postgres, client, sum(counts.values())), WITHIN_S)
    receivers.reset()
    began = time.time()
    await asyncio.gather(*(log.append(enabled(client, url)) for url in _in_order(urls)))
    await until(lambda: receivers.received.value >= counts[HEALTHY], WITHIN_S)
    return receivers.last_at.value - began


def _in_order(urls: dict[str, str]) -> Sequence[str]:
    return [urls[host] for host in (HANGING, FAILING, HEALTHY) if host in urls]


async def _are_opened(postgres: str, client: str, count: int) -> bool:
    return await deliveries(postgres, client) == count


def _show(sizes: Sizes, alone: float, beside: float) -> None:
    table = Table(
        title=f"{sizes.healthy:,} webhooks to a healthy endpoint, {os.cpu_count()} cores",
        caption=f"beside / alone = {beside / alone:.2f}",
    )
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_row("alone", f"{alone:.1f}")
    table.add_row(f"beside {sizes.bad} to one that hangs and {sizes.bad} to one that answers 500", f"{beside:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
