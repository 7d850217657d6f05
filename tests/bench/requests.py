"""The requests that count: GET ready against a bare route that reads one row, PATCH lyrics against its bare writes."""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from statistics import median

from aik_events.ids import new_id
from aik_events.log.kafka import KafkaLog
from aik_events.testing.author import Author
from aik_lyrics import from_text, minted_by
from aik_service.database import Database
from aik_service.objects import Objects
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from tests.bench.bare import bare_route
from tests.bench.gateway import CLIENT_ID, TEXT, running_gateway, told_track
from tests.bench.traffic import store_of
from tests.bench.wire import Connection, per_second

CLIENT = {"X-Client-Id": CLIENT_ID}
READY_GOAL, PATCH_GOAL = 0.7, 2.0
EDITS_OF_ONE = 10
"""A track's versions are all folded and stored together, so each is edited a few times only."""

FOLDED_WITHIN_S = 30.0

Pairs = Sequence[tuple[float, float]]
Writes = Sequence[tuple[float, float, float]]
"""Seconds of a PATCH, of its bare writes, and of the put of its document."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each round of reads")
    parser.add_argument("--rounds", type=int, default=5, help="of reads, both taking turns")
    parser.add_argument("--connections", type=int, default=8, help="that read at once")
    parser.add_argument("--tracks", type=int, default=30, help=f"that are edited {EDITS_OF_ONE} times each")
    arguments = parser.parse_args()
    with running_gateway(AIK_RATE_LIMIT_PER_MINUTE="0") as environment:
        reads, writes = asyncio.run(_measured(environment, arguments))
    _show(reads, writes)


async def _measured(environment: Mapping[str, str], arguments: argparse.Namespace) -> tuple[Pairs, Writes]:
    log, store = KafkaLog(environment["AIK_KAFKA"], client_id="bench"), store_of(environment)
    try:
        published = await told_track(log, store, published=True)
        edited = [await told_track(log, store, published=False) for _ in range(arguments.tracks)]
        await _until_folded(environment["AIK_URL"], [published, *edited])
        return await _reads(environment, published, arguments), await _writes(environment, log, store, edited)
    finally:
        await log.close()


async def _until_folded(url: str, tracks: Sequence[str]) -> None:
    connection = await Connection.to(url)
    async with asyncio.timeout(FOLDED_WITHIN_S):
        for track in tracks:
            while (await connection.ask("GET", f"/v1/tracks/{track}/versions", CLIENT))[0] != 200:
                await asyncio.sleep(0.1)
    connection.close()


async def _reads(environment: Mapping[str, str], track: str, arguments: argparse.Namespace) -> Pairs:
    """Answers a second of each round: of GET ready, and of the bare route. The first round only warms."""
    load = {"connections": arguments.connections, "seconds": arguments.seconds}
    rounds = []
    with bare_route(environment["AIK_POSTGRES"]) as bare:
        for _ in range(arguments.rounds + 1):
            ready = await per_second(environment["AIK_URL"], f"/v1/tracks/{track}/ready", CLIENT, **load)
            rounds.append((ready, await per_second(bare, f"/{track}", {}, **load)))
    return rounds[1:]


async def _writes(environment: Mapping[str, str], log: KafkaLog, store: Objects, tracks: Sequence[str]) -> Writes:
    """Each PATCH, one append with acks=all and one commit, and one put take turns."""
    database = Database(environment["AIK_POSTGRES"], "bench")
    connection = await Connection.to(environment["AIK_URL"])
    took = []
    try:
        await database.create([])
        async with database.begin() as transaction:
            await transaction.execute(text("CREATE TABLE committed (track text, n int)"))
        for track in tracks:
            for n in range(1, EDITS_OF_ONE + 1):
                took.append(
                    (
                        await _edit_s(connection, track, n),
                        await _bare_s(log, database, track, n),
                        await _put_s(store, n),
                    )
                )
    finally:
        connection.close()
        await database.close()
    return took[EDITS_OF_ONE:]


async def _edit_s(connection: Connection, track: str, version: int) -> float:
    body = {"lyrics": TEXT.replace("still", f"still {version}", 1)}
    began = time.perf_counter()
    status, answer = await connection.ask(
        "PATCH", f"/v1/tracks/{track}/lyrics", {**CLIENT, "If-Match": f'"v{version}"'}, body
    )
    assert status == 201, answer
    return time.perf_counter() - began


async def _bare_s(log: KafkaLog, database: Database, track: str, n: int) -> float:
    event = Author(new_id("trk")).imported()
    began = time.perf_counter()
    await log.append(event)
    async with database.begin() as transaction:
        await transaction.execute(text("INSERT INTO committed VALUES (:track, :n)"), {"track": track, "n": n})
    return time.perf_counter() - began


async def _put_s(store: Objects, n: int) -> float:
    document = from_text(TEXT, minted_by(str(n)), "en").to_json()
    began = time.perf_counter()
    await store.put(f"bench/{n}.json", document, "application/json")
    return time.perf_counter() - began


def _show(reads: Pairs, writes: Writes) -> None:
    table = Table(title="Requests", caption="ratios: the medians of their pairs")
    for column in ("", "ours", "bare", "ratio", "goal"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("GET ready, answers/s", *_cells(reads, 1, f"at least {READY_GOAL}"))
    bare = [(patch, raw) for patch, raw, _ in writes]
    stored = [(patch, raw + put) for patch, raw, put in writes]
    table.add_row("PATCH lyrics, ms", *_cells(bare, 1000, f"at most {PATCH_GOAL}"))
    table.add_row("… and the put of its document", *_cells(stored, 1000, ""))
    Console().print(table)


def _cells(pairs: Pairs, unit: float, goal: str) -> list[str]:
    ours, bare = (median(column) * unit for column in zip(*pairs, strict=True))
    return [f"{ours:.1f}", f"{bare:.1f}", f"{median(a / b for a, b in pairs):.2f}", goal]


if __name__ == "__main__":
    main()
