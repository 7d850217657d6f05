"""A track goes from one stack to a fresh one in a file: told, folded and served there as here. All servers are real."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import typer
from aik_events.catalogue import WebhookDelivered
from aik_events.cli import app as aik_events
from aik_events.cli.exchange import check_nobody_came
from aik_events.envelope import Record
from aik_events.event import Artefact, Meta
from aik_events.exchange.lines import records_in
from aik_events.ids import endpoint_id
from aik_events.log.admin import create_topics
from aik_events.log.history import partition_of
from aik_events.log.kafka import KafkaLog
from aik_events.settings import KafkaSettings
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.minting import BEGIN
from aik_events.testing.objects import artefact, source_of
from aik_events.topics import TRACKS
from aik_gateway.main import app as aik_gateway
from aik_local.testing import Servers, temporary_folder
from aik_lyrics import Karaoke, Line, Word
from aik_publisher.files import FILES
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner, Result

from tests.pipeline.gateway_stack import GatewayStack, made_gateway

BIN = Path(sys.executable).parent
COMMANDS = {"aik-events": aik_events, "aik-gateway": aik_gateway}
CLIENT, URL = "cli", "https://example.org/hook"
Environment = Mapping[str, str]


@pytest.fixture(scope="module")
def fresh() -> Iterator[Environment]:
    """A second Kafka, Postgres and S3, with nothing in them."""
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        yield servers.environment
        servers.stop()


async def run(environment: Environment, command: str, *arguments: str, status: int = 0, of_stdout: bool = False) -> str:
    """What a person sees on stdout; stderr when it fails as it should, unless told otherwise."""
    told = await ran(environment, command, *arguments)
    assert told.exit_code == status, told.stderr
    return told.stdout if of_stdout or status == 0 else told.stderr


async def ran(environment: Environment, command: str, *arguments: str) -> Result:
    """In this process, which has loaded what a process of its own would load for seconds each time; in a thread:
    whoever reads in a group here stays in it meanwhile.
    """
    known = {**environment, "COLUMNS": "200"}
    told = await asyncio.to_thread(CliRunner().invoke, COMMANDS[command], arguments, env=known)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


async def begun(environment: Environment, command: str, *arguments: str) -> asyncio.subprocess.Process:
    """As a process of its own."""
    nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    known = {**os.environ, **environment, "COLUMNS": "200"}
    return await asyncio.create_subprocess_exec(
        str(BIN / command), *arguments, env=known, stdin=nothing, stdout=pipe, stderr=pipe
    )


def objects_of(environment: Environment) -> S3Objects:
    names = ("endpoint", "access_key", "secret_key", "bucket", "region")
    return S3Objects(
        ObjectSettings.model_validate({f"s3_{name}": environment[f"AIK_S3_{name.upper()}"] for name in names})
    )


@asynccontextmanager
async def reading(environment: Environment, group: str) -> AsyncIterator[None]:
    """As one of a service's processes does."""
    async with AIOKafkaConsumer(TRACKS, bootstrap_servers=environment["AIK_KAFKA"], group_id=group) as consumer:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=50)
        yield


class Song:
    """A published track whose objects are in the store, whose delivery was told of, and which was edited since."""

    def __init__(self) -> None:
        self.asset = AssetAuthor(f"ast_{uuid4().hex}", client=CLIENT)
        self.author = Author(f"trk_{uuid4().hex}", client=CLIENT)

    @property
    def track(self) -> str:
        return self.author.track

    async def write(self, environment: Environment) -> None:
        log, objects = KafkaLog(environment["AIK_KAFKA"], client_id="test"), objects_of(environment)
        await create_topics(environment["AIK_KAFKA"], replication=1)
        size = {"size_bytes": len(self.content(source_of(self.asset.asset).key))}
        source = source_of(self.asset.asset).model_copy(update=size)
        events: list[Any] = [
            each.model_copy(update=size) for each in (self.asset.upload_started(), self.asset.uploaded())
        ]
        events += [self.author.imported(lyrics=True, source=source, callback_url=URL)]
        events += self.author.went_through("separate", "align", "check")
        events += [self.author.finished("publish", artefacts=self.files()), self.delivered(), self.author.edited()]
        for key in (source.key, *(each.key for each in self.files().values())):
            await objects.put(key, self.content(key), "application/json" if key.endswith("json") else "audio/flac")
        for event in events:
            await log.append(event)
        await log.close()

    def files(self) -> dict[str, Artefact]:
        return {name: self.file(f"tracks/{self.track}/published/v1/{name}") for name in FILES}

    def file(self, key: str) -> Artefact:
        content = self.content(key)
        return artefact(key, size_bytes=len(content)).model_copy(update={"sha256": sha256(content).hexdigest()})

    def content(self, key: str) -> bytes:
        return self.karaoke() if key.endswith("karaoke.json") else key.encode() * 1000

    def karaoke(self) -> bytes:
        word = Word(id="w1", text="One", start_ms=0, end_ms=900, timing="aligned")
        line = Line(id="l1", text="One", words=(word,), start_ms=0, end_ms=900)
        return Karaoke(track_id=self.track, version=1, duration_ms=10_000, lines=(line,)).to_json()

    def delivered(self) -> WebhookDelivered:
        subject = endpoint_id(CLIENT, URL)
        meta = Meta(id=str(uuid4()), subject=subject, time=BEGIN, source="aik/notifier", client_id=CLIENT)
        about = {"delivery_id": f"msg_{self.track}", "kind": "track.ready", "track_id": self.track}
        return WebhookDelivered(meta=meta, url=URL, attempt=1, status=200, latency_ms=5, **about)


@pytest.fixture
async def song(servers: Environment, fresh: Environment) -> Song:
    song = Song()
    await song.write(servers)
    await create_topics(fresh["AIK_KAFKA"], replication=1)
    return song


@asynccontextmanager
async def gateway_on(environment: Environment) -> AsyncIterator[GatewayStack]:
    log = KafkaLog(environment["AIK_KAFKA"], client_id=f"test-{uuid4().hex}")
    try:
        async with made_gateway(environment["AIK_POSTGRES"], log, objects_of(environment)) as made, made.projecting():
            await made.until_folded()
            yield made
    finally:
        await log.close()


async def served(environment: Environment, track: str) -> tuple[Any, Any, bytes]:
    """The versions, what is ready of it without its URL, and the minus behind that URL."""
    async with gateway_on(environment) as gateway, gateway.api(CLIENT) as client:
        versions = await client.get(f"/v1/tracks/{track}/versions")
        assert versions.status_code == 200, versions.text
        answer = await client.get(f"/v1/tracks/{track}/ready", params={"version": 1})
        assert answer.status_code == 200, answer.text
        ready = answer.json()
        key = ready.pop("minusUrl").partition("?")[0].partition("/aik/")[2]
        ready.pop("minusUrlExpiresAt")
        return versions.json(), ready, await gateway.objects.read(key)


async def told(environment: Environment, track: str) -> tuple[Any, Any]:
    """The story and the state; where a record lies in its partition is each cluster's own matter."""
    rows = json.loads(await run(environment, "aik-events", "story", track, "--json"))
    state = json.loads(await run(environment, "aik-events", "state", track, "--json"))
    return [{**row, "offset": None} for row in rows], state["state"]


async def test_a_track_is_told_folded_and_served_in_a_fresh_stack_as_in_its_own(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    file, copy = tmp_path / "bug.tar.gz", tmp_path / "copy.tar.gz"
    await run(servers, "aik-gateway", "export", song.track, str(file))
    dry = json.loads(await run(fresh, "aik-gateway", "import", str(file), "--dry-run", "--json"))
    first = json.loads(await run(fresh, "aik-gateway", "import", str(file), "--json"))
    assert dry == first
    count = len(song.files()) + 1
    assert first["appended"] == {"aik.assets": 2, "aik.webhooks": 1, "aik.tracks": 9}
    assert (first["objects"], first["objects_there"]) == (count, 0)
    assert await told(fresh, song.track) == await told(servers, song.track)
    assert await served(fresh, song.track) == await served(servers, song.track)
    again = json.loads(await run(fresh, "aik-gateway", "import", str(file), "--json"))
    assert (again["appended"], again["there_already"]) == ({}, first["appended"])
    assert (again["objects"], again["objects_there"]) == (0, count)
    await run(servers, "aik-gateway", "export", song.track, str(copy))
    assert copy.read_bytes() == file.read_bytes()


async def test_two_tracks_of_one_client_with_one_callback_url_go_over_one_after_the_other(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    other = Song()
    await other.write(servers)
    for each in (song, other):
        file = tmp_path / each.track
        await run(servers, "aik-events", "export", str(file), "--track", each.track)
        for appended in ({"aik.assets": 2, "aik.tracks": 9, "aik.webhooks": 1}, {}):
            taken = json.loads(await run(fresh, "aik-events", "import", str(file), "--json"))
            assert taken["appended"] == appended
        assert await told(fresh, each.track) == await told(servers, each.track)


async def test_records_keep_ids_headers_times_bytes_and_order_in_another_cluster(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    out, back = tmp_path / "out.tar.gz", tmp_path / "back.tar.gz"
    await run(servers, "aik-events", "export", str(out), "--track", song.track)
    told = await run(fresh, "aik-events", "import", str(out))
    assert told.splitlines()[-1] == "aik.tracks: 9 appended, 0 there already"
    await run(fresh, "aik-events", "export", str(back), "--track", song.track)
    there, here = ([replace(each, offset=0) for each in records_in(path)] for path in (back, out))
    assert there == here
    assert len(here) == 12


async def test_what_nobody_can_read_goes_over_and_is_given_up_there_as_here(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    log, file = KafkaLog(servers["AIK_KAFKA"], client_id="test"), tmp_path / "poison.tar.gz"
    at = await partition_of(servers["AIK_KAFKA"], TRACKS, song.track)
    headers = {"ce_type": b"track.retitled", "ce_id": b"odd", "odd": b"\xff\x00"}
    poison = await log.copy(Record(at, 0, song.track.encode(), b"\xff\xfe", headers), TRACKS, {})
    retitled = song.author.details_changed(title="After")
    for event in (retitled, song.author.dropped(TRACKS, at.number, poison.offset)):
        await log.append(event)
    await log.close()
    await run(servers, "aik-events", "export", str(file), "--track", song.track)
    for _ in range(2):
        await run(fresh, "aik-events", "import", str(file))
    (here, state), (there, state_there) = await told(servers, song.track), await told(fresh, song.track)
    outcomes = [row["outcome"] for row in there[-3:]]
    assert outcomes == ["dropped", "accepted", "accepted"] == [row["outcome"] for row in here[-3:]]
    assert state_there == state
    assert state["title"] == "After"


async def test_an_import_that_broke_off_goes_on_and_one_that_contradicts_the_log_appends_nothing(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    file = tmp_path / "bug.tar.gz"
    await run(servers, "aik-events", "export", str(file), "--track", song.track)
    log = KafkaLog(fresh["AIK_KAFKA"], client_id="test")
    await log.append(Author(song.track, client=CLIENT).imported())
    await log.close()
    refused = await run(fresh, "aik-events", "import", str(file), status=1)
    assert refused.startswith("Nothing was imported: aik.tracks-")
    assert f"has other records of the key {song.track}" in refused
    assert len(json.loads(await run(fresh, "aik-events", "story", song.track, "--json"))) == 1
    other, part = Song(), tmp_path / "part.tar.gz"
    await other.write(servers)
    whole = tmp_path / "whole.tar.gz"
    await run(servers, "aik-events", "export", str(whole), "--track", other.track)
    first = await run(fresh, "aik-events", "import", str(whole), "--topic", "assets")
    assert first.splitlines() == ["aik.assets: 2 appended, 0 there already"]
    dry = (await run(fresh, "aik-events", "import", str(whole), "--dry-run")).splitlines()
    assert dry[-2:] == ["aik.tracks: 9 appended, 0 there already", "a dry run: nothing was appended"]
    rest = (await run(fresh, "aik-events", "import", str(whole))).splitlines()
    assert (rest[0], rest[-1]) == ("aik.assets: 0 appended, 2 there already", "aik.tracks: 9 appended, 0 there already")
    part.write_bytes(whole.read_bytes()[:900])
    assert (await run(fresh, "aik-events", "import", str(part), status=2)).startswith(
        "This is no whole file of an export"
    )


async def test_while_services_run_nothing_is_imported_unless_one_says_so(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    file = str(tmp_path / "bug.tar.gz")
    await run(servers, "aik-gateway", "export", song.track, file)
    async with reading(fresh, "aik-notifier"), reading(fresh, "aik-qc"), reading(fresh, "other"):
        for command in ("aik-events", "aik-gateway"):
            refused = await run(fresh, command, "import", file, "--wait", "0", status=1)
            assert refused.startswith("No record was imported: services read this log (aik-notifier, aik-qc) and would")
            assert refused.endswith("[services-running]\n")
        assert await objects_of(fresh).keys(f"tracks/{song.track}/") == []
        dry = await run(fresh, "aik-events", "import", file, "--dry-run")
        assert dry.splitlines()[-2] == "aik.tracks: 9 appended, 0 there already"
        dry = await run(fresh, "aik-gateway", "import", file, "--dry-run")
        assert dry.splitlines()[-2:] == [
            f"objects: {len(song.files()) + 1} stored, 0 there already",
            "a dry run: nothing was stored or appended",
        ]
        assert await objects_of(fresh).keys(f"tracks/{song.track}/") == []
        live = await run(fresh, "aik-gateway", "import", file, "--live")
        assert live.splitlines()[2] == "aik.tracks: 9 appended, 0 there already"


async def test_an_import_waits_for_services_that_are_about_to_end(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    file = str(tmp_path / "bug.tar.gz")
    await run(servers, "aik-gateway", "export", song.track, file)
    async with reading(fresh, "aik-notifier"):
        program = await begun(fresh, "aik-events", "import", file)
        assert program.stderr is not None
        told = (await program.stderr.readline()).decode()
        assert told.startswith("waiting up to 30 s for aik-notifier to end; a process that was killed counts until")
        assert program.returncode is None
    out, _ = await program.communicate()
    assert program.returncode == 0
    assert out.decode().splitlines()[-1] == "aik.tracks: 9 appended, 0 there already"


async def test_services_that_read_the_log_when_an_import_is_over_are_told_of(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "bug.tar.gz")
    await run(servers, "aik-gateway", "export", song.track, file)
    settings = KafkaSettings(kafka=fresh["AIK_KAFKA"])
    await run(fresh, "aik-gateway", "import", file)
    await asyncio.to_thread(check_nobody_came, settings, live=False)
    async with reading(fresh, "aik-notifier"):
        with pytest.raises(typer.Exit) as left:
            await asyncio.to_thread(check_nobody_came, settings, live=False)
        await asyncio.to_thread(check_nobody_came, settings, live=True)
    assert left.value.exit_code == 1
    assert "meanwhile services began to read this log (aik-notifier)" in capsys.readouterr().err


async def test_callback_urls_are_named_before_anything_is_appended(
    servers: Environment, fresh: Environment, song: Song, tmp_path: Path
) -> None:
    file, warning = tmp_path / "bug.tar.gz", "1 track names a callback URL: a notifier of this cluster delivers"
    await run(servers, "aik-gateway", "export", song.track, str(file))
    dry = await ran(fresh, "aik-events", "import", str(file), "--dry-run")
    assert dry.stderr.startswith(warning)
    objects = objects_of(fresh)
    await objects.put(source_of(song.asset.asset).key, b"another", "audio/flac")
    refused = (await run(fresh, "aik-gateway", "import", str(file), status=1)).splitlines()
    assert refused[-2].startswith(warning)
    assert refused[-1].startswith("The store has another object")


async def test_verify_finds_what_is_wrong_with_a_log_and_where(fresh: Environment) -> None:
    await create_topics(fresh["AIK_KAFKA"], replication=1)
    good, odd, redone = Song(), Song(), Author(f"trk_{uuid4().hex}", client=CLIENT)
    await good.write(fresh)
    await odd.write(fresh)
    log = KafkaLog(fresh["AIK_KAFKA"], client_id="test")
    placed = await log.append(odd.author.finished("align", job_id="job_9"))
    await log.append(redone.imported(lyrics=True, source=source_of(good.asset.asset)))
    result = redone.finished("separate")
    for attempt in (1, 2):
        await log.append(result.model_copy(update={"attempt": attempt}))
    await log.close()
    report = json.loads(await run(fresh, "aik-events", "verify", "--json", status=1, of_stdout=True))
    assert report["records"]["aik.tracks"] >= 19
    about = {"topic": TRACKS, "partition": placed.partition.number, "offset": placed.offset, "key": odd.track}
    wrong = {"kind": "no-opener", **about, "type": "track.aligned", "detail": "nothing has opened job_9"}
    assert [each for each in report["findings"] if each["key"] in (good.track, odd.track, redone.track)] == [wrong]
    told = await run(fresh, "aik-events", "verify", status=1, of_stdout=True)
    where = f"{TRACKS}-{placed.partition.number}@{placed.offset} track.aligned of {odd.track}"
    assert f"    {where}: nothing has opened job_9\n" in told
