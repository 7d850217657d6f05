"""A suite that has been used by one client, and all of it that must come back after a loss."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
from aik_events.log.kafka import KafkaLog
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import served_database
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.version import SCHEMA as GATEWAY
from aik_service.database import Database, table_of
from aik_service.inbox_tables import LogIdentity, LogPosition
from aik_service.settings import ObjectSettings
from minio import Minio
from sqlalchemy import select

from tests.faults.client import Client
from tests.faults.songs import CLIENTS, EDITED, LYRICS, Song
from tests.faults.tables import NOTIFIER, STEPS, Tables

Environment = Mapping[str, str]
CLIENT = CLIENTS[0]
PATIENCE_S = 120.0
ANOTHER_CLUSTERS = {(LogIdentity, "cluster_id"), (LogPosition, "barrier")}
"""Which Kafka was folded, and where its partitions ended when that began: no more than that may differ."""
URL = re.compile(rb'https?://[^"\\]*')
ESTIMATED = re.compile(rb'("(?:percent|etaMs)":)[^,}]*')
"""Of a job that has failed too: each api process weighs the steps by what it has seen of them."""
EXPIRES = re.compile(rb'("(?:\w*E|e)xpiresAt":)"[^"]*"')


def song(number: int, *, lyrics: str | None = LYRICS, seconds: float = 0.05, **fields: Any) -> Song:
    steps = dict.fromkeys(("separate", "transcribe", "align", "check", "publish"), seconds)
    script = {"song": number, "seconds": steps} | ({"refuses": fields["refused"]} if "refused" in fields else {})
    return Song(number, CLIENT, json.dumps(script).encode(), lyrics, **fields)


EDITED_ONE, TRANSCRIBED, REFUSED, CANCELED, DRAFTED = SONGS = (
    song(0, edited=True),
    song(1, lyrics=None),
    song(2, refused="align"),
    song(3, seconds=2.0, canceled_after_s=0.5),
    song(4),
)
KEPT = song(5)
IMPORTING, RENAMING = ({"Idempotency-Key": name} for name in ("imported-before-the-export", "renamed-after-it"))


@dataclass(frozen=True)
class Used:
    """`tracks` has the id of each song's track by the song's number; `deleted` is one that was made from KEPT's file.

    A file that another track needs is left alone: the janitor comes when it likes, and adds nothing to the log.
    `asked` was answered by `answered`: the import of KEPT, by the key IMPORTING.
    """

    token: str
    secret: str
    tracks: Mapping[int, str]
    deleted: str
    asked: Mapping[str, str]
    answered: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """Rows by table, each by its columns; the sha256 and type of every object; what the API answers, but for URLs."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    objects: Mapping[str, tuple[str, str]]
    answers: Mapping[str, bytes]


def asking(environment: Environment, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}", "X-Client-Id": CLIENT}
    return httpx.AsyncClient(base_url=environment["AIK_URL"], headers=headers, timeout=30, trust_env=False)


async def use(environment: Environment, token: str, callback_url: str) -> Used:
    """Returns when nothing is left to be folded, done or sent."""
    async with asking(environment, token) as http:
        secret = (await http.post("/v1/webhooks/secret/rotate")).json()["secret"]
        client = Client(http, CLIENT, callback_url, Counter(), Counter(), _has_secret=True)
        jobs = await asyncio.gather(*map(client.take_through, SONGS))
        tracks = {one.number: str(job["trackId"]) for one, job in zip(SONGS, jobs, strict=True)}
        states = [job["state"] for job in jobs]
        assert states == ["succeeded", "succeeded", "failed", "canceled", "succeeded"], states
        drafted, draft = tracks[DRAFTED.number], {"lyrics": EDITED}
        answer = await http.patch(f"/v1/tracks/{drafted}/lyrics", json=draft, headers={"If-Match": '"v1"'})
        assert answer.status_code == 201, answer.text
        wish = await _uploaded(http, KEPT)
        kept, deleted = await _published(http, wish, IMPORTING), await _published(http, wish, {})
        assert (await http.delete(f"/v1/tracks/{deleted['trackId']}")).status_code == 204
        tracks[KEPT.number] = kept["trackId"]
        await http.post("/v1/uploads", json={"filename": "never completed.mp3", "size": 10})
    await nothing_is_left(environment)
    return Used(token, secret, tracks, deleted["trackId"], wish, kept)


async def _uploaded(http: httpx.AsyncClient, one: Song) -> Mapping[str, str]:
    """The body of an import of it."""
    upload = (await http.post("/v1/uploads", json={"filename": "two.mp3", "size": len(one.content)})).json()
    async with httpx.AsyncClient(trust_env=False) as store:
        (await store.put(upload["parts"][0]["url"], content=one.content)).raise_for_status()
    asset = (await http.post(f"/v1/uploads/{upload['uploadId']}/complete")).json()["assetId"]
    return {"assetId": asset, "title": one.title, "lyrics": LYRICS}


async def _published(http: httpx.AsyncClient, wish: Mapping[str, str], key: Mapping[str, str]) -> Mapping[str, str]:
    """The answer to its import, once it is published."""
    made: Mapping[str, str] = (await http.post("/v1/tracks/import", json=wish, headers=key)).json()
    async with asyncio.timeout(PATIENCE_S):
        while (await http.get(f"/v1/tracks/{made['trackId']}/ready")).status_code != 200:
            await asyncio.sleep(0.2)
    return made


async def import_again(environment: Environment, used: Used) -> Mapping[str, str]:
    """What is answered now to what was asked before."""
    async with asking(environment, used.token) as http:
        answer = await http.post("/v1/tracks/import", json=used.asked, headers=IMPORTING)
    assert answer.is_success, answer.text
    await nothing_is_left(environment)
    made: Mapping[str, str] = answer.json()
    return made


async def rename(environment: Environment, used: Used) -> None:
    """Gives KEPT's track another title, always by the same key."""
    async with asking(environment, used.token) as http:
        path, wish = f"/v1/tracks/{used.tracks[KEPT.number]}", {"title": "Another"}
        answer = await http.patch(path, json=wish, headers=RENAMING)
    assert answer.is_success, answer.text
    await nothing_is_left(environment)


async def event_ids(environment: Environment) -> frozenset[str]:
    """Of every event that was ever judged."""
    return frozenset(row["event_id"] for row in (await rows_of(environment))["timeline"])


async def nothing_is_left(environment: Environment) -> None:
    """Returns when everything is folded, every task done and every delivery sent."""
    log = KafkaLog(environment["AIK_KAFKA"], client_id="e2e")
    deadline = time.monotonic() + PATIENCE_S
    try:
        async with _opened(environment) as found:
            while left := await found.left(log):
                assert time.monotonic() < deadline, left
                await asyncio.sleep(0.2)
    finally:
        await log.close()


async def look(environment: Environment, used: Used) -> Seen:
    """Without what a deleted track had: its objects go when the janitor comes."""
    objects = await asyncio.to_thread(_objects, environment, f"tracks/{used.deleted}/")
    return Seen(await rows_of(environment), objects, await _answers(environment, used))


async def rows_of(environment: Environment) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    database = served_database(environment["AIK_POSTGRES"], PRIVATE)
    try:
        return {table_of(model).name: await _rows(database, model) for model in TABLES}
    finally:
        await database.close()


async def _rows(database: Database, model: Any) -> Sequence[Mapping[str, Any]]:
    columns = [column for column in table_of(model).columns if (model, column.name) not in ANOTHER_CLUSTERS]
    if not columns:
        return []
    async with database.begin() as connection:
        found = (await connection.execute(select(*columns).order_by(*table_of(model).primary_key))).mappings()
        return [dict(row) for row in found]


def _objects(environment: Environment, but_below: str) -> Mapping[str, tuple[str, str]]:
    bucket, minio = environment["AIK_S3_BUCKET"], client_of(environment)
    found = {}
    for one in minio.list_objects(bucket, recursive=True):
        if not one.object_name.startswith(but_below):
            with minio.get_object(bucket, one.object_name) as answer:
                found[one.object_name] = (sha256(answer.read()).hexdigest(), answer.headers["content-type"])
    return found


def client_of(environment: Environment) -> Minio:
    named = {name: environment.get(f"AIK_{name.upper()}") for name in ObjectSettings.model_fields}
    settings = ObjectSettings.model_validate({name: value for name, value in named.items() if value})
    return Minio(
        settings.s3_endpoint.partition("//")[2],
        settings.s3_access_key,
        settings.s3_secret_key.get_secret_value(),
        secure=False,
        region=settings.s3_region,
    )


async def _answers(environment: Environment, used: Used) -> Mapping[str, bytes]:
    paths = ["/v1/tracks", f"/v1/tracks/{used.deleted}", "/v1/webhooks/endpoints", "/v1/webhooks/deliveries"]
    for number, track in used.tracks.items():
        paths += [f"/v1/tracks/{track}", f"/v1/tracks/{track}/versions"]
        if number in (EDITED_ONE.number, TRANSCRIBED.number, DRAFTED.number, KEPT.number):
            paths += [f"/v1/tracks/{track}/{what}" for what in ("ready", "lyrics", "assets")]
    async with asking(environment, used.token) as http:
        return {path: _bare(await http.get(path)) for path in paths}


def _bare(answer: httpx.Response) -> bytes:
    """Status, ETag and body, without what is new each time: URLs, until when they are good, estimates."""
    if answer.is_client_error:
        return f"{answer.status_code} {answer.json()['code']}".encode()
    etag = "" if answer.headers.get("etag", "").startswith("W/") else answer.headers.get("etag", "")
    body = ESTIMATED.sub(rb"\1", EXPIRES.sub(rb"\1", URL.sub(b"URL", answer.content)))
    return f"{answer.status_code} {etag} ".encode() + body


@asynccontextmanager
async def _opened(environment: Environment) -> AsyncIterator[Tables]:
    postgres = environment["AIK_POSTGRES"]
    databases = {schema: Database(postgres, schema) for schema in (*STEPS, NOTIFIER)}
    databases[GATEWAY] = served_database(postgres, PRIVATE)
    try:
        yield Tables(databases, postgres)
    finally:
        for database in databases.values():
            await database.close()
