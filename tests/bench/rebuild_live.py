"""A rebuild while clients write and read: requests that fail, how slow they are, and whether any row differs."""

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from aik_events.ids import new_id
from aik_events.log.kafka import KafkaLog
from rich.console import Console
from rich.table import Table

from tests.bench.gateway import CLIENT_ID, running_gateway, told_track
from tests.bench.long_stories import write
from tests.bench.traffic import store_of
from tests.bench.wire import Connection

CLIENT = {"X-Client-Id": CLIENT_ID}
PAUSE_S = 0.02
"""Between two requests of one client: a load that leaves the rebuild a core to work on."""


@dataclass
class Load:
    """What one phase's requests took, in seconds, and those that were not answered as they should."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000, help="in the log before")
    parser.add_argument("--clients", type=int, default=4, help="half of them read, half of them write")
    parser.add_argument("--seconds", type=float, default=20, help="of load before and after the rebuild")
    parser.add_argument("--processes", type=int, default=1, help="that fold")
    arguments = parser.parse_args()
    with running_gateway(AIK_RATE_LIMIT_PER_MINUTE="0") as environment:
        asyncio.run(_measured(environment, arguments))


async def _measured(environment: Mapping[str, str], arguments: argparse.Namespace) -> None:
    await write(environment["AIK_KAFKA"], arguments.records)
    log, store = KafkaLog(environment["AIK_KAFKA"], client_id="bench"), store_of(environment)
    tracks = [await told_track(log, store, published=False) for _ in range(20)]
    await _until_folded(environment["AIK_URL"], tracks)
    phases = {"before": Load(), "during": Load(), "after": Load()}
    now = [phases["before"]]
    clients = [
        asyncio.create_task(_client(environment["AIK_URL"], tracks[n :: arguments.clients], now, writes=n % 2 == 1))
        for n in range(arguments.clients)
    ]
    await asyncio.sleep(arguments.seconds)
    now[0] = phases["during"]
    began = time.perf_counter()
    found = await _command(environment, "rebuild", "--json", "--processes", str(arguments.processes))
    seconds = time.perf_counter() - began
    now[0] = phases["after"]
    await asyncio.sleep(arguments.seconds)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    await _command(environment, "replay", "--all", "--into", "bench")
    at_the_end = await _command(environment, "diff", "bench", "--json")
    await log.close()
    _show(phases, seconds, found, at_the_end)


async def _client(url: str, tracks: Sequence[str], now: Sequence[Load], *, writes: bool) -> None:
    """Reads a track and its versions; or changes the title of a track, and reads it back."""
    connection, turn = await Connection.to(url), 0
    while True:
        track, turn = tracks[turn % len(tracks)], turn + 1
        title = new_id("trk")
        began = time.perf_counter()
        if writes:
            status, _ = await connection.ask("PATCH", f"/v1/tracks/{track}", CLIENT, {"title": title})
            now[0].writes.append(time.perf_counter() - began)
            read, answer = await connection.ask("GET", f"/v1/tracks/{track}", CLIENT)
            if status != 200 or read != 200 or json.loads(answer).get("title") != title:
                now[0].failed.append(f"PATCH {status}, GET {read}")
        else:
            status, _ = await connection.ask("GET", f"/v1/tracks/{track}/versions", CLIENT)
            now[0].reads.append(time.perf_counter() - began)
            if status != 200:
                now[0].failed.append(f"GET {status}")
        await asyncio.sleep(PAUSE_S)


async def _until_folded(url: str, tracks: Sequence[str]) -> None:
    connection = await Connection.to(url)
    async with asyncio.timeout(1800):
        for track in tracks:
            while (await connection.ask("GET", f"/v1/tracks/{track}", CLIENT))[0] != 200:
                await asyncio.sleep(0.2)
    connection.close()


async def _command(environment: Mapping[str, str], *words: str) -> dict[str, object]:
    """What it prints as JSON, if it does."""
    command = [str(Path(sys.executable).with_name("aik-gateway")), *words]
    settings = {**os.environ, **environment, "AIK_LOG_LEVEL": "ERROR"}
    process = await asyncio.create_subprocess_exec(*command, env=settings, stdout=PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0, words
    answer: dict[str, object] = json.loads(printed) if "--json" in words else {}
    return answer


def _show(
    phases: Mapping[str, Load], seconds: float, found: Mapping[str, object], at_the_end: Mapping[str, object]
) -> None:
    table = Table(title=f"A rebuild of {found['records']:,} records, {seconds:.1f} s, under load")
    for column in ("", "reads", "p95, ms", "writes", "p95, ms", "failed"):
        table.add_column(column, justify="left" if not column else "right")
    for name, load in phases.items():
        reads, writes = (f"{_p95(values) * 1000:.1f}" for values in (load.reads, load.writes))
        table.add_row(name, f"{len(load.reads):,}", reads, f"{len(load.writes):,}", writes, str(len(load.failed)))
    console = Console()
    console.print(table)
    console.print(f"Rows that differ: {found['differing']} at the switch, {at_the_end['differing']} at the end")
    for load in phases.values():
        console.print(*sorted(set(load.failed))[:5], sep="\n") if load.failed else None


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else 0.0


if __name__ == "__main__":
    main()
