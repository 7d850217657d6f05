"""What one song leaves behind: bytes in the store, the log and Postgres; and what it takes of a core, step by step."""

import argparse
import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5

import psutil
from aik_events.log.admin import create_topics
from aik_events.log.connection import connection
from aik_events.log.kafka import KafkaLog
from aik_events.log.scan import partitions_of, scan
from aik_events.log.spans import kafka_spans
from aik_events.stored import Stored
from aik_events.topics import KEPT, PROGRESS
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.rebuild.workers import OneProcess
from aik_local.state import load
from aik_local.testing import Suite, temporary_folder
from aik_service.database import Database
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from tests.bench.songs import song
from tests.bench.suite import running_suite, settle
from tests.e2e.browser import Browser
from tests.e2e.receiver import receiving
from tests.restore.used_suite import client_of, nothing_is_left

BUILT = "bench_footprint"
ID = re.compile(rb"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
"""A UUID, with or without hyphens."""
SIZES = """\
SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = %s AND relkind = 'r'"""
PUBLISHED = f"SELECT count(*) FROM {BUILT}.version WHERE state = 'published'"  # noqa: S608 (our own schema)


@dataclass(frozen=True)
class Footprint:
    """Bytes of objects by what they are of; records and bytes by topic; rows' and indexes' bytes a song by table."""

    cpu_s: Mapping[str, float]
    objects: Counter[str]
    counts: Counter[str]
    log: Counter[str]
    tables: Mapping[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180, help="of the song")
    parser.add_argument("--copies", type=int, default=2_000, help="of its records under other ids, for Postgres")
    arguments = parser.parse_args()
    settle()
    with running_suite() as suite, receiving() as receiver:
        footprint = asyncio.run(_measured(suite, arguments.seconds, arguments.copies, receiver.url))
    _show(footprint, arguments.seconds / 60)


async def _measured(suite: Suite, seconds: float, copies: int, callback_url: str) -> Footprint:
    environment = suite.environment
    browser = Browser(environment["AIK_URL"], "bench")
    browser.post("/v1/webhooks/secret/rotate")
    await _through(browser, seconds, callback_url)  # warms every engine
    await nothing_is_left(environment)
    before = {record.order for record in await _records(environment)}
    known = set(await asyncio.to_thread(_sizes, environment))
    begun = _computed_s(suite)
    await _through(browser, seconds, callback_url)
    await nothing_is_left(environment)
    cpu_s = {name: used - begun[name] for name, used in _computed_s(suite).items()}
    records = [record for record in await _records(environment) if record.order not in before]
    objects = Counter[str]()
    for key, size in (await asyncio.to_thread(_sizes, environment)).items():
        if key not in known:
            objects[_what(key)] += size
    return Footprint(cpu_s, objects, *_told(records), await _tables(records, copies))


def _computed_s(suite: Suite) -> dict[str, float]:
    """Of each process since it began; engines that have ended, since they were idle, count as their parent's."""
    pids = {one.name: one.identity.pid for one in load(suite.layout.state).processes if one.identity}
    return {name: sum(map(_own_s, _family(psutil.Process(pid)))) for name, pid in pids.items()}


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _own_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


async def _through(browser: Browser, seconds: float, callback_url: str) -> None:
    asset = await asyncio.to_thread(browser.upload, "song.mp3", song(seconds))
    _, job = await asyncio.to_thread(browser.import_track, asset, title="A song", callbackUrl=callback_url)
    ended = await asyncio.to_thread(browser.finished, job, 1800)
    assert ended["state"] == "succeeded", ended


async def _records(environment: Mapping[str, str]) -> list[Stored]:
    kafka = environment["AIK_KAFKA"]
    return [record async for record in scan(kafka, await partitions_of(kafka, (*KEPT, PROGRESS)))]


def _sizes(environment: Mapping[str, str]) -> dict[str, int]:
    found = client_of(environment).list_objects(environment["AIK_S3_BUCKET"], recursive=True)
    return {str(one.object_name): int(one.size or 0) for one in found}


def _what(key: str) -> str:
    """The upload, lyrics, or which step's artefacts."""
    parts = key.split("/")
    return parts[0] if parts[0] == "assets" else parts[3] if parts[2] == "artefacts" else parts[2]


def _told(records: Sequence[Stored]) -> tuple[Counter[str], Counter[str]]:
    counts, sizes = Counter[str](), Counter[str]()
    for record in records:
        counts[record.partition.topic] += 1
        headers = sum(len(name) + len(value or b"") for name, value in record.headers)
        sizes[record.partition.topic] += len(record.key or b"") + len(record.value or b"") + headers
    return counts, sizes


async def _tables(records: Sequence[Stored], copies: int) -> Mapping[str, float]:
    """In an empty log and an empty database."""
    with temporary_folder() as folder:
        suite = Suite(folder)
        suite.arguments = ("--servers-only",)
        await asyncio.to_thread(suite.start)
        try:
            await _write(
                suite.environment["AIK_KAFKA"], [each for each in records if each.partition.topic in KEPT], copies
            )
            return await _folded(suite.environment, copies)
        finally:
            await asyncio.to_thread(suite.stop)


async def _write(kafka: str, records: Sequence[Stored], copies: int) -> None:
    await create_topics(kafka, replication=1)
    async with AIOKafkaProducer(**connection(kafka), linger_ms=50) as producer:
        for number in range(copies):
            for each in records:
                headers = [(name, _other(value or b"", number)) for name, value in each.headers]
                key, value = _other(each.key or b"", number), _other(each.value or b"", number)
                await producer.send(each.partition.topic, value, key, headers=headers)


def _other(content: bytes, number: int) -> bytes:
    return ID.sub(lambda found: _id(found[0], number), content)


def _id(of: bytes, number: int) -> bytes:
    made = md5(of.replace(b"-", b"") + str(number).encode(), usedforsecurity=False).hexdigest()
    parts = (made[:8], made[8:12], "7" + made[13:16], "8" + made[17:20], made[20:])
    return ("-" if b"-" in of else "").join(parts).encode()


async def _folded(environment: Mapping[str, str], copies: int) -> Mapping[str, float]:
    kafka, postgres = environment["AIK_KAFKA"], environment["AIK_POSTGRES"]
    log, built = KafkaLog(kafka, client_id="bench"), Database(postgres, BUILT)
    await built.create(TABLES)
    await inbox_of(log, built).prepare()
    ends = await log.ends([fold.topic for fold in FOLDS])
    async with kafka_spans(kafka, client_id="bench") as spans:
        await OneProcess(spans, postgres).fill(BUILT, {p: range(end) for p, end in ends.items() if end})
    async with await built.connected() as connection:
        rows = await (await connection.execute(SIZES, (BUILT,))).fetchall()
        [(published,)] = await (await connection.execute(PUBLISHED)).fetchall()
    assert published == copies, f"{published} of {copies} songs were published"
    await log.close()
    await built.close()
    return {name: size / copies for name, size in rows}


def _show(found: Footprint, minutes: float) -> None:
    table = Table(title=f"One song of {minutes:g} minutes, transcribed")
    for column in ("", "of the song", "a minute"):
        table.add_column(column, justify="left" if not column else "right")
    for name, cpu_s in sorted(found.cpu_s.items()):
        table.add_row(f"{name}: computing", f"{cpu_s:.1f} s", f"{cpu_s / minutes:.2f} s")
    for name, size in found.objects.most_common():
        table.add_row(f"store: {name}", f"{size:,}", f"{size / minutes:,.0f}")
    table.add_row("store", f"{found.objects.total():,}", f"{found.objects.total() / minutes:,.0f}", end_section=True)
    for topic, size in found.log.most_common():
        table.add_row(f"{topic}: {found.counts[topic]} records", f"{size:,}", f"{size / minutes:,.0f}")
    for name, bytes in sorted(found.tables.items(), key=lambda each: -each[1]):
        table.add_row(f"rows and indexes: {name}", f"{bytes:,.0f}", "")
    table.add_row("rows and indexes", f"{sum(found.tables.values()):,.0f}", "")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
