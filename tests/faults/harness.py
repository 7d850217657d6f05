"""One run: songs go through the suite while its processes and servers meet faults, and then everything is looked at."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aik_events.log import Log
from aik_events.log.kafka import KafkaLog
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.e2e.receiver import receiving
from tests.faults import tables
from tests.faults.client import Client
from tests.faults.endpoint import Endpoint
from tests.faults.evidence import Evidence, artefacts_of, stored
from tests.faults.history import read_tracks
from tests.faults.injector import Injector
from tests.faults.plan import Kind, planned
from tests.faults.songs import CLIENTS, Song
from tests.faults.suite import SERVERS, FaultySuite
from tests.faults.tables import Tables

AHEAD = 4
"""Songs that are under way before the first fault comes."""
LOOK_EVERY_S = 0.5
REQUEST_S = 15.0


@dataclass(frozen=True)
class Options:
    """`every_s` is the mean time between two faults; `patience_s` how long everything may take to end after them."""

    seed: int
    faults: int
    every_s: float
    workers: int = 1
    engines: str = "standin"
    patience_s: float = 120.0


@dataclass
class Run:
    """What happened: `seconds` by phase, `retried` the codes of the failures that clients retried."""

    faults: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    deaf: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    seen: dict[int, Mapping[str, Any]] = field(default_factory=dict)


async def run(options: Options, songs: Sequence[Song], folder: Path) -> tuple[Run, Evidence]:
    """Raises NeverCameBack when a process does not get ready again after a fault."""
    happened = Run()
    suite = FaultySuite(folder, workers=options.workers, engines=options.engines)
    started = time.monotonic()
    await asyncio.to_thread(suite.start)
    try:
        happened.seconds["start"] = time.monotonic() - started
        async with _meeting_place(suite, happened) as (clients, endpoint, log):
            await _faults_during(options, songs, suite, clients, happened)
            return happened, await _gathered(suite, songs, happened, endpoint, log, options.patience_s)
    finally:
        await asyncio.to_thread(suite.stop)


@asynccontextmanager
async def _meeting_place(
    suite: FaultySuite, happened: Run
) -> AsyncIterator[tuple[Mapping[str, Client], Endpoint, Log]]:
    endpoint = Endpoint()
    log = KafkaLog(suite.environment["AIK_KAFKA"], client_id="faults")
    async with AsyncExitStack() as stack:
        receiver = stack.enter_context(receiving(endpoint.status_for))
        stack.push_async_callback(log.close)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=suite.environment["AIK_URL"], timeout=REQUEST_S, trust_env=False)
        )
        clients = {id: Client(http, id, receiver.url, happened.answers, happened.retried) for id in CLIENTS}
        yield clients, endpoint, log


async def _faults_during(
    options: Options, songs: Sequence[Song], suite: FaultySuite, clients: Mapping[str, Client], happened: Run
) -> None:
    """The songs are spread over the faults; when those are through, the songs have their time to end."""
    plan = planned(options.seed, options.faults, processes=suite.processes, servers=SERVERS, every_s=options.every_s)
    injector = Injector(suite, happened.faults, happened.deaf)
    singing: set[asyncio.Task[None]] = set()
    began = time.monotonic()

    def begin(song: Song) -> None:
        singing.add(asyncio.create_task(_take_through(clients[song.client], song, happened)))

    due = _spread(songs, len(plan))
    async with asyncio.TaskGroup() as group:
        for number, fault in enumerate(plan):
            for song in due[number]:
                begin(song)
            await asyncio.sleep(fault.after_s)
            await injector.meet(fault, group)
    happened.seconds["faults"] = time.monotonic() - began
    await injector.all_up()
    for song in due[-1]:
        begin(song)
    calm = time.monotonic()
    _, late = await asyncio.wait(singing, timeout=options.patience_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*singing, return_exceptions=True)
    happened.seconds["until the last job ended"] = time.monotonic() - calm
    for task in singing - late:
        task.result()


def _spread(songs: Sequence[Song], faults: int) -> Sequence[Sequence[Song]]:
    """Before each fault, and after the last, the songs that begin then."""
    due: list[list[Song]] = [[] for _ in range(faults + 1)]
    for number, song in enumerate(songs):
        due[max(0, number - AHEAD) * faults // max(1, len(songs) - AHEAD + 1)].append(song)
    return due


async def _take_through(client: Client, song: Song, happened: Run) -> None:
    happened.seen[song.number] = await client.take_through(song)


async def _gathered(
    suite: FaultySuite, songs: Sequence[Song], happened: Run, endpoint: Endpoint, log: Log, patience_s: float
) -> Evidence:
    environment = suite.environment
    objects = S3Objects(ObjectSettings.model_validate(_s3(environment)))
    async with tables.opened(environment["AIK_POSTGRES"]) as found:
        calm = time.monotonic()
        left = await _until_nothing_is_left(found, log, patience_s)
        happened.seconds["until nothing was left"] = time.monotonic() - calm
        events = await read_tracks(log)
        keys = sorted({artefact.key for event in events for artefact in artefacts_of(event)})
        return Evidence(
            songs=songs,
            seen=happened.seen,
            events=events,
            objects=await stored(objects, keys),
            rows=await found.read_model(),
            replayed=await found.replayed(log, environment["AIK_KAFKA"]),
            folded=await found.folded(),
            left=left,
            receipts=endpoint.receipts,
            public_url=environment["AIK_URL"],
        )


def _s3(environment: Mapping[str, str]) -> dict[str, str]:
    variables = {name: f"AIK_{name.upper()}" for name in ObjectSettings.model_fields}
    return {name: environment[variable] for name, variable in variables.items() if variable in environment}


async def _until_nothing_is_left(found: Tables, log: Log, patience_s: float) -> Sequence[str]:
    deadline = time.monotonic() + patience_s
    while (left := await found.left(log)) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
    return left
