"""One run: servers, the old release's processes, songs that go in all the time, the roll, and what all that left."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aik_events.envelope import decode
from aik_events.log.kafka import KafkaLog
from aik_events.topics import TRACKS, WEBHOOKS
from aik_local.credentials import load_or_create
from aik_local.testing import Servers
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.e2e.receiver import Delivery, receiving
from tests.faults import tables
from tests.faults.client import Client
from tests.faults.evidence import Evidence, Receipt, artefacts_of, stored
from tests.faults.history import records_of
from tests.faults.songs import CLIENTS, Song
from tests.faults.standin import TRIES
from tests.upgrade.client import KeyedClient
from tests.upgrade.fleet import Fleet, fleet_in
from tests.upgrade.front import URL, Front, ServerError, unexpected
from tests.upgrade.holds import Watch, watching
from tests.upgrade.next_release import EVENT
from tests.upgrade.releases import Release
from tests.upgrade.roll import DWELLS, Roll, ways
from tests.upgrade.written import HELD, READ_NOW, Done, done, holders

REQUEST_S = 20.0
LOOK_EVERY_S = 0.5
COMMAND_S = 120.0
SETTINGS = {
    "AIK_LOG_FORMAT": "json",
    "AIK_HTTP_HOST": "127.0.0.1",
    "AIK_PUBLIC_URL": URL,
    "AIK_RATE_LIMIT_PER_MINUTE": "0",
    "AIK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "AIK_GRACE_S": "10",
    "AIK_LEASE_S": "5",
    "AIK_POLL_S": "1",
    "AIK_VERDICT_WAIT_S": "2",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Options:
    """`dwell_s` is how long both releases of a service run side by side; `patience_s` is for everything to end."""

    jobs: int
    way: str
    dwell_s: float = 6.0
    patience_s: float = 120.0


@dataclass
class Outcome:
    """What a run left: the evidence that faults are judged by as well, and what concerns two releases."""

    evidence: Evidence
    done: Sequence[Done]
    schemas: Counter[str]
    """Records of the event that has a new version, by their schema."""
    watch: Watch
    holding: Counter[tuple[str, str]]
    read_now: Counter[tuple[str, str]]
    answers: Counter[tuple[str, str]]
    errors: Sequence[ServerError]
    unexpected: Sequence[ServerError]
    doubled: Sequence[str]
    deaf: Sequence[str]
    rebuilt: Mapping[str, Any]
    told: Sequence[tuple[float, str]]
    seconds: float


@dataclass
class Singing:
    """Songs on their way; as many begin in each of the stages."""

    songs: Sequence[Song]
    clients: Mapping[str, Client]
    stages: int
    dwell_s: float
    seen: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _stage: int = 0
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def dwell(self) -> None:
        count = len(self.songs)
        self._begin(self.songs[self._stage * count // self.stages : (self._stage + 1) * count // self.stages])
        self._stage += 1
        await asyncio.sleep(self.dwell_s)

    async def ended(self, within_s: float) -> None:
        """Whoever has not seen his song end by then is not waited for."""
        _, late = await asyncio.wait(self._under_way, timeout=within_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in self._under_way - late:
            task.result()

    def _begin(self, songs: Sequence[Song]) -> None:
        for song in songs:
            self._under_way.add(asyncio.create_task(self._take_through(song)))

    async def _take_through(self, song: Song) -> None:
        self.seen[song.number] = await self.clients[song.client].take_through(song)


class ServersAndTopics(Servers):
    """Without any aik process."""

    arguments = ("--no-services",)


async def run(options: Options, songs: Sequence[Song], old: Release, new: Release, folder: Path) -> Outcome:
    """Raises NotReady when a process does not come up."""
    servers = ServersAndTopics(folder)
    began = time.monotonic()
    await asyncio.to_thread(servers.start)
    try:
        async with _stage(servers) as (fleet, front, watch, receipts, log):
            clients = _clients(front, receipts.url)
            async with clients[CLIENTS[0]].http:
                singing = Singing(songs, clients, DWELLS[options.way], options.dwell_s)
                roll = Roll(fleet, front, old, new, singing.dwell)
                await roll.all_old()
                await ways(roll)[options.way]()
                await singing.ended(options.patience_s)
            evidence = await _gathered(
                servers.environment, songs, singing.seen, receipts.taken, log, options.patience_s
            )
            tracks = await records_of(log, TRACKS)
            facts = [decode(record) for record in await records_of(log, WEBHOOKS)]
            return Outcome(
                evidence=evidence,
                done=done(fleet, front, evidence.events, [f for f in facts if f.type == "webhook.delivered"]),
                schemas=Counter(
                    record.headers["ce_dataschema"].decode()
                    for record in tracks
                    if record.headers["ce_type"] == EVENT.encode()
                ),
                watch=watch,
                holding=holders(fleet, HELD),
                read_now=holders(fleet, READ_NOW),
                answers=front.answers,
                errors=front.errors,
                unexpected=unexpected(front.errors),
                doubled=[wrong for client in clients.values() for wrong in client.doubled],
                deaf=fleet.deaf,
                rebuilt=await _rebuilt(new, fleet),
                told=roll.told,
                seconds=time.monotonic() - began,
            )
    finally:
        await asyncio.to_thread(servers.stop)


@dataclass
class Receipts:
    """Where webhooks arrive: every one is taken."""

    taken: list[Receipt] = field(default_factory=list)
    url: str = ""

    def take(self, delivery: Delivery) -> int:
        self.taken.append(Receipt(delivery.headers["webhook-id"], delivery.body.decode(), 204))
        return 204


@asynccontextmanager
async def _stage(servers: Servers) -> AsyncIterator[tuple[Fleet, Front, Watch, Receipts, KafkaLog]]:
    folder = servers.layout.root
    tries = folder / "tries"
    tries.mkdir()
    environment = {
        **servers.environment,
        **SETTINGS,
        "AIK_WORK": str(folder),
        "AIK_SECRET_KEY": load_or_create(servers.layout.credentials).secret_key,
        TRIES: str(tries),
    }
    receipts, front = Receipts(), Front()
    log = KafkaLog(environment["AIK_KAFKA"], client_id="upgrade")
    async with AsyncExitStack() as stack:
        receipts.url = stack.enter_context(receiving(receipts.take)).url
        stack.push_async_callback(log.close)
        fleet = await stack.enter_async_context(fleet_in(folder, environment))
        watch = await stack.enter_async_context(watching(environment["AIK_POSTGRES"]))
        yield fleet, front, watch, receipts, log


def _clients(front: Front, callback_url: str) -> dict[str, KeyedClient]:
    http = httpx.AsyncClient(transport=front, base_url=URL, timeout=REQUEST_S)
    answers: Counter[str] = Counter()
    return {id: KeyedClient(http, id, callback_url, answers) for id in CLIENTS}


async def _gathered(
    environment: Mapping[str, str],
    songs: Sequence[Song],
    seen: Mapping[int, Mapping[str, Any]],
    receipts: Sequence[Receipt],
    log: KafkaLog,
    patience_s: float,
) -> Evidence:
    variables = {name: f"AIK_{name.upper()}" for name in ObjectSettings.model_fields}
    objects = S3Objects(
        ObjectSettings.model_validate({n: environment[v] for n, v in variables.items() if v in environment})
    )
    async with tables.opened(environment["AIK_POSTGRES"]) as found:
        left = await _until_nothing_is_left(found, log, patience_s)
        events = [decode(record) for record in await records_of(log, TRACKS)]
        keys = sorted({artefact.key for event in events for artefact in artefacts_of(event)})
        return Evidence(
            songs=songs,
            seen=seen,
            events=events,
            objects=await stored(objects, keys),
            rows=await found.read_model(),
            replayed=await found.replayed(log, environment["AIK_KAFKA"]),
            folded=await found.folded(),
            left=left,
            receipts=receipts,
            public_url=URL,
        )


async def _until_nothing_is_left(found: tables.Tables, log: KafkaLog, patience_s: float) -> Sequence[str]:
    deadline = time.monotonic() + patience_s
    while (left := await found.left(log)) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
    return left


async def _rebuilt(new: Release, fleet: Fleet) -> Mapping[str, Any]:
    """What `aik-gateway rebuild --dry-run` of the new release says."""
    process = await asyncio.create_subprocess_exec(
        *(str(new.python.with_name("aik-gateway")), "rebuild", "--dry-run", "--json"),
        env={**os.environ, **fleet.environment, "PYTHONPATH": new.python_path},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(COMMAND_S):
        said, _ = await process.communicate()
    compared: Mapping[str, Any] = json.loads(said)
    return compared
