"""A thousand streams of one api process: what they cost it in memory, and how soon an event has reached them all."""

import argparse
import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from statistics import median

import httpx
import psutil
from aik_events.event import Event
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.author import Author
from aik_gateway.api.job_stream import HEARTBEAT_S
from aik_local.testing import Servers, temporary_folder
from rich.console import Console
from rich.table import Table

CLIENT = "bench"
EVENTS = 40
TRIES = 10
AT_ONCE = 50
"""So many are opened at the same time."""
MIB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=1, help="so many jobs share the listeners")
    arguments = parser.parse_args()
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        try:
            asyncio.run(_measured(servers.environment, arguments.listeners, arguments.jobs))
        finally:
            servers.stop()


async def _measured(environment: Mapping[str, str], listeners: int, jobs: int) -> None:
    await create_topics(environment["AIK_KAFKA"], replication=1)
    table = Table("", "memory before", "with all open", "a listener", "after the events", "an event reaches all in")
    async with _processes(environment) as (api, url):
        table.add_row(*await _row(environment["AIK_KAFKA"], api, url, listeners, jobs))
    Console().print(table)


@asynccontextmanager
async def _processes(environment: Mapping[str, str]) -> AsyncIterator[tuple[psutil.Process, str]]:
    """A projector and an api of their own, both fresh."""
    own = {
        **os.environ,
        **environment,
        "AIK_SECRET_KEY": "bench",
        "AIK_HTTP_HOST": "127.0.0.1",
        "AIK_LOG_LEVEL": "ERROR",
    }
    command, ports = str(Path(sys.executable).with_name("aik-gateway")), (_free_port(), _free_port())
    started = [
        await asyncio.create_subprocess_exec(command, part, env={**own, "AIK_HTTP_PORT": str(port)})
        for part, port in zip(("projector", "api"), ports, strict=True)
    ]
    url = f"http://127.0.0.1:{ports[1]}"
    try:
        await _until_ready(url)
        yield psutil.Process(started[1].pid), url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            await process.wait()


async def _until_ready(url: str) -> None:
    answer: object = "nothing"
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(60):
            while True:
                try:
                    ready = await client.get(f"{url}/readyz")
                    answer = ready.text
                    if ready.status_code == 200:
                        return
                except httpx.TransportError as error:
                    answer = error
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        raise RuntimeError(f"the api is not ready: {answer}") from error


def _free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class Song(Author):
    """Its job has an id as the gateway makes them."""

    def _job_id(self, number: int) -> str:
        return f"job_{self.track.removeprefix('trk_')}{number}"


class Listener:
    """One open stream; counts its messages."""

    def __init__(self) -> None:
        self.messages = 0

    async def listen(self, url: str, job_id: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: api\r\nAccept: text/event-stream\r\nX-Client-Id: {CLIENT}"
        )
        writer.write(f"{head}\r\n\r\n".encode())
        try:
            assert b" 200 " in await reader.readline()
            while line := await reader.readline():
                self.messages += line.startswith(b"id: ")
        finally:
            writer.close()


async def _row(kafka: str, api: psutil.Process, url: str, count: int, jobs: int) -> Sequence[str]:
    log = KafkaLog(kafka, client_id="bench-listeners")
    authors = [Song(f"trk_{os.urandom(8).hex()}", client=CLIENT) for _ in range(jobs)]
    await _append(log, [author.imported(lyrics=True) for author in authors])
    await _until_told(url, [author.job for author in authors])
    before = api.memory_info().rss
    listeners = [Listener() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        tasks = []
        for start in range(0, count, AT_ONCE):
            opening = listeners[start : start + AT_ONCE]
            tasks += [group.create_task(one.listen(url, authors[n % jobs].job)) for n, one in enumerate(opening, start)]
            await _until(opening, 1)
        opened = api.memory_info().rss
        took = await _events(log, authors, listeners)
        after = api.memory_info().rss
        for task in tasks:
            task.cancel()
    await log.close()
    return (
        f"{count} of {jobs} job{'s' if jobs > 1 else ''}",
        *(f"{size / MIB:.0f} MiB" for size in (before, opened)),
        f"{(opened - before) / count / 1024:.0f} KiB",
        f"{after / MIB:.0f} MiB",
        f"{median(took):.2f} s (slowest of {len(took)}: {max(took):.2f} s)",
    )


async def _events(log: KafkaLog, authors: Sequence[Song], listeners: Sequence[Listener]) -> list[float]:
    """Seconds from the append of each until the last listener has it. Of many jobs each gets one event at a time."""
    took = []
    for number in range(1, (EVENTS if len(authors) == 1 else TRIES) + 1):
        events = [author.step_started("separate", attempt=number) for author in authors]
        began = time.perf_counter()
        await _append(log, events)
        await _until(listeners, number + 1)
        took.append(time.perf_counter() - began)
    return took


async def _append(log: KafkaLog, events: Sequence[Event]) -> None:
    await asyncio.gather(*(log.append(event) for event in events))


async def _until(listeners: Sequence[Listener], messages: int) -> None:
    async with asyncio.timeout(4 * HEARTBEAT_S):
        while min(listener.messages for listener in listeners) < messages:
            await asyncio.sleep(0.005)


async def _until_told(url: str, job_ids: Sequence[str]) -> None:
    async with httpx.AsyncClient(trust_env=False, headers={"X-Client-Id": CLIENT}) as client, asyncio.timeout(120):
        for job_id in job_ids:
            while (await client.get(f"{url}/v1/jobs/{job_id}")).status_code != 200:
                await asyncio.sleep(0.1)


if __name__ == "__main__":
    main()
