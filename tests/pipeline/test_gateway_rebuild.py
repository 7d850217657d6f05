"""The read model follows from the log alone: made anew beside the one that serves, it is the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace

import pytest
from aik_events.envelope import Partition
from aik_events.log import LogUnavailable
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import Wanted
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from aik_events.topics import WEBHOOKS
from aik_gateway.readmodel.fitting import make_fit, make_ready
from aik_gateway.readmodel.generations import BUILDING, OUTDATED, PREVIOUS, SERVED, Generations, served_database
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import inbox_of, project
from aik_gateway.readmodel.version import PROJECTION_VERSION
from aik_gateway.rebuild.comparing import Difference
from aik_gateway.rebuild.filling import Overtaken
from aik_gateway.rebuild.rebuilding import (
    AnotherRebuild,
    HoldsMore,
    Lossy,
    NothingToGoBackTo,
    NotStarted,
    OlderCode,
    Rebuilding,
    refuse_loss,
)
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_gateway.rebuild.workers import Filler, WorkerDied, all_ended
from aik_service.database import Database
from aik_service.following import NewerServes
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack, in_background, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


async def write_history(gateway: GatewayStack) -> int:
    """Ten tracks with edits, rejections, repeats, failures, retries and webhooks; gives the number of records."""
    facts = [event for event in examples() if event.TOPIC == WEBHOOKS]
    for event in (*facts, *facts):
        await gateway.log.append(event)
    count = 2 * len(facts)
    for number in range(10):
        author = Author(f"trk_{number}")
        first = author.imported(lyrics=True, callback_url="https://example.org/hook")
        events = [first, *author.published(), author.edited(), author.edited(based_on=1), first]
        events += [author.reprocess("align"), author.failed("align"), author.retried(), *author.published()]
        events += [author.finished("check"), author.canceled()]
        if number % 3 == 0:
            events.append(author.deleted())
        for event in events:
            await gateway.log.append(event)
        count += len(events)
    return count


async def folded_history(gateway: GatewayStack) -> int:
    async with gateway.projecting():
        written = await write_history(gateway)
        await gateway.until_folded()
    return written


async def states(gateway: GatewayStack) -> Sequence[tuple[str, str]]:
    """Each schema, less the name that all begin with, and its state."""
    family = gateway.generations.family
    return [(one.name.removeprefix(family), one.state) for one in await gateway.generations.all()]


async def test_rebuilt_rows_are_the_rows_that_were_there(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    before = await gateway.rows()
    compared = await gateway.rebuilding().rebuild()
    assert (compared.records, compared.differing) == (written, 0)
    assert sum(table.rows for table in compared.tables or ()) > len(before)
    assert await gateway.rows() == before
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]


async def test_what_was_spoiled_is_shown_by_table_key_and_column_and_made_right(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    before = await gateway.rows()
    async with gateway.database.begin() as connection:
        await connection.execute(text("UPDATE track SET title = 'spoiled' WHERE id = 'trk_1'"))
        await connection.execute(text("DELETE FROM track WHERE id = 'trk_2'"))
        await connection.execute(text("UPDATE track SET id = 'trk_x' WHERE id = 'trk_3'"))
    compared = await gateway.rebuilding().rebuild()
    assert compared.tables is not None
    tracks = next(table for table in compared.tables if table.table == "track")
    assert compared.differing == tracks.differing == 4
    assert tracks.shown == [
        Difference("track", {"id": "trk_1"}, None, {"title": ("spoiled", None)}),
        Difference("track", {"id": "trk_2"}, "other", {}),
        Difference("track", {"id": "trk_3"}, "other", {}),
        Difference("track", {"id": "trk_x"}, "served", {}),
    ]
    assert await gateway.rows() == before


async def test_a_dry_run_switches_nothing_and_the_next_run_goes_on_with_what_it_made(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await gateway.rebuilding().rebuild(dry=True)
    assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]
    counted = Counting(gateway.rebuilding().filler)
    await gateway.rebuilding(counted).rebuild()
    assert counted.records == 0
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]


async def test_the_way_back_is_one_command_and_misses_nothing(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await gateway.rebuilding().rebuild()
    async with gateway.projecting():
        await gateway.log.append(Author("trk_late").imported(lyrics=True))
        await gateway.until_folded()
    before = await gateway.rows()
    assert (await gateway.rebuilding().back()).name == gateway.generations.family
    assert await gateway.rows() == before
    assert await states(gateway) == [("", SERVED), ("_g2", PREVIOUS)]


async def test_one_schema_is_kept_from_before_the_last_switch(gateway: GatewayStack) -> None:
    with pytest.raises(NothingToGoBackTo):
        await gateway.rebuilding().back()
    for _ in range(3):
        await gateway.rebuilding().rebuild()
    assert await states(gateway) == [("_g3", PREVIOUS), ("_g4", SERVED)]


async def test_a_lost_schema_is_rebuilt_from_nothing(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    before = await gateway.rows()
    await gateway.database.drop()
    compared = await gateway.rebuilding().rebuild()
    assert compared.tables is None
    assert await gateway.rows() == before


async def test_projectors_and_apis_follow_the_switch_under_way(gateway: GatewayStack) -> None:
    """Commands and reads go on while it is rebuilt twice; each answer is what a client expects."""
    async with gateway.projecting(), gateway.api() as client:
        await write_history(gateway)
        done = asyncio.Event()

        async def work() -> int:
            count = 0
            while not done.is_set():
                song = await imported(gateway, client)
                canceled = await client.post(f"/v1/jobs/{song.job_id}/cancel")
                assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
                assert (await client.get(f"/v1/jobs/{song.job_id}")).json()["state"] == "canceled"
                count += 1
            return count

        working = [asyncio.create_task(work()) for _ in range(2)]
        compared = [await gateway.rebuilding().rebuild() for _ in range(2)]
        done.set()
        assert sum(await asyncio.gather(*working)) > 2
        await gateway.until_folded()
    assert [one.differing for one in compared] == [0, 0]
    assert all(one.tables is not None for one in compared)
    before = await gateway.rows()
    await gateway.rebuilding().rebuild()
    assert await gateway.rows() == before


async def test_a_batch_of_a_projector_counts_only_in_the_schema_that_serves(gateway: GatewayStack) -> None:
    """It waits for the switch, finds that its schema serves no more, and begins again in the other one."""
    await folded_history(gateway)
    await gateway.rebuilding().rebuild()
    first = await gateway.generations.named(gateway.generations.family)
    assert first is not None
    async with gateway.projecting(), asyncio.timeout(30):
        async with gateway.database.begin() as switching:
            await switching.execute(text("UPDATE log_position SET next = next"))
            await gateway.log.append(Author("trk_late").imported(lyrics=True))
            await until_somebody_waits_for(switching, gateway)
            await gateway.generations.switch(switching, first)
        await gateway.until_folded()
    served = await gateway.rows()
    assert sum("trk_late" in row for row in served) == 4
    async with Database(gateway.postgres, f"{first.name}_g2").begin() as connection:
        assert (await connection.execute(text("SELECT * FROM track WHERE id = 'trk_late'"))).all() == []


async def until_somebody_waits_for(connection: AsyncConnection, gateway: GatewayStack) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")
    pid = {"pid": (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()}
    while True:
        async with gateway.database.begin() as other:
            if (await other.execute(waiting, pid)).scalar_one():
                return
        await asyncio.sleep(0.01)


async def test_a_reader_keeps_its_view_while_another_schema_takes_over(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    async with gateway.database.snapshot() as reader, asyncio.timeout(30):
        tracks = text("SELECT * FROM track ORDER BY id")
        before = (await reader.execute(tracks)).all()
        await gateway.rebuilding().rebuild()
        assert (await reader.execute(tracks)).all() == before


@dataclass
class Counting:
    filler: Filler
    records: int = 0

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        self.records += sum(map(len, wanted.values()))
        await self.filler.fill(schema, wanted, chosen)


@dataclass
class Failing:
    """Each of the first fills of one partition is its last: then it fails with this."""

    filler: Filler
    error: Exception
    times: int

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        for partition, span in wanted.items():
            await self.filler.fill(schema, {partition: span}, chosen)
            if self.times:
                self.times -= 1
                raise self.error


async def test_a_rebuild_waits_out_outages_of_the_log(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    failing = Failing(gateway.rebuilding().filler, LogUnavailable(), times=2)
    assert (await gateway.rebuilding(failing).rebuild()).records == written


async def test_a_rebuild_that_broke_is_gone_on_with_and_what_served_serves_until_then(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    before = await gateway.rows()
    for _ in range(3):
        broken = Failing(gateway.rebuilding().filler, RuntimeError("killed"), times=1)
        with pytest.raises(RuntimeError):
            await gateway.rebuilding(broken).rebuild()
        assert await gateway.rows() == before
        assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]
    counted = Counting(gateway.rebuilding().filler)
    assert (await gateway.rebuilding(counted).rebuild()).differing == 0
    assert 0 < counted.records < written
    assert await gateway.rows() == before


async def test_only_one_rebuild_runs_at_a_time(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    release = asyncio.Event()

    class Waiting(Counting):
        async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
            self.records += 1
            await release.wait()
            await self.filler.fill(schema, wanted, chosen)

    waiting = Waiting(gateway.rebuilding().filler)
    async with in_background(gateway.rebuilding(waiting).rebuild()):
        while not waiting.records:
            await asyncio.sleep(0.01)
        with pytest.raises(AnotherRebuild):
            await gateway.rebuilding().rebuild()
        release.set()
        while await states(gateway) != [("", PREVIOUS), ("_g2", SERVED)]:
            await asyncio.sleep(0.01)


def by(code: int, gateway: GatewayStack) -> Rebuilding:
    """As the command of another release."""
    family, clock = gateway.generations.family, gateway.clock
    return replace(
        gateway.rebuilding(),
        generations=Generations(gateway.private, family, clock, code=code),
        served=served_database(gateway.postgres, gateway.private.schema, family, code=None),
    )


NEWER = PROJECTION_VERSION + 1


async def test_a_projector_of_older_code_waits_while_newer_rows_serve(gateway: GatewayStack) -> None:
    """It began before the switch; when the older schema serves again, it goes on."""
    await folded_history(gateway)
    inbox = inbox_of(gateway.log, gateway.database)
    await inbox.prepare()
    async with in_background(project(inbox, pause_s=0.01)):
        await by(NEWER, gateway).rebuild()
        await gateway.log.append(Author("trk_late").imported(lyrics=True))
        with pytest.raises(NewerServes):
            await inbox_of(gateway.log, gateway.database).run()
        assert not [row for row in await gateway.rows() if "trk_late" in row]
        await by(PROJECTION_VERSION, gateway).back()
        await gateway.until_folded()
    assert [row for row in await gateway.rows() if "trk_late" in row]


async def test_older_code_neither_rebuilds_nor_changes_what_newer_code_began(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await by(NEWER, gateway).rebuild()
    await spoil_tables(gateway)
    columns = await columns_of_track(gateway)
    for dry in (True, False):
        with pytest.raises(OlderCode):
            await gateway.rebuilding().rebuild(dry=dry)
    await make_ready(gateway.database, gateway.generations)
    assert await columns_of_track(gateway) == columns
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]


async def spoil_tables(gateway: GatewayStack) -> None:
    async with gateway.database.begin() as connection:
        await connection.execute(text("ALTER TABLE track DROP COLUMN title"))


async def columns_of_track(gateway: GatewayStack) -> Sequence[str]:
    async with gateway.database.begin() as connection:
        return list((await connection.execute(text("SELECT * FROM track LIMIT 0"))).keys())


async def test_nothing_is_switched_to_that_holds_what_serves_has_read(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await gateway.rebuilding().rebuild(dry=True)
    async with Database(gateway.postgres, f"{gateway.generations.family}_g2").begin() as connection:
        held = "INSERT INTO held_record VALUES ('tracks', 0, 0, 'key', 'value', '{}', 'new', false)"
        await connection.execute(text(held))
    assert (await gateway.rebuilding().rebuild(dry=True)).anew == 1
    with pytest.raises(HoldsMore):
        await gateway.rebuilding().rebuild()
    assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]


async def test_what_only_compares_leaves_what_serves_as_it_is(gateway: GatewayStack) -> None:
    """Columns that are in one of both alone are named, and not compared."""
    await folded_history(gateway)
    await spoil_tables(gateway)
    columns, sandboxes = await columns_of_track(gateway), Sandboxes(gateway.rebuilding())
    await sandboxes.replay("box", None)
    for compared in (await sandboxes.diff("box"), await gateway.rebuilding().rebuild(dry=True)):
        assert (compared.differing, compared.lacking) == (0, ["track.title"])
    assert await columns_of_track(gateway) == columns


async def test_a_gateway_that_was_never_started_has_nothing_to_compare_with(gateway: GatewayStack) -> None:
    async with gateway.private.begin() as connection:
        await connection.execute(text("UPDATE generation SET family = 'other'"))
    for work in (gateway.rebuilding().rebuild(dry=True), Sandboxes(gateway.rebuilding()).replay("box", None)):
        with pytest.raises(NotStarted):
            await work
    async with gateway.private.begin() as connection:
        await connection.execute(text("UPDATE generation SET family = name"))
        await connection.execute(text("ALTER TABLE generation RENAME TO old"))
    with pytest.raises(NotStarted):
        await gateway.rebuilding().find()
    async with gateway.private.begin() as connection:
        await connection.execute(text("ALTER TABLE old RENAME TO generation"))


async def test_a_table_in_use_is_waited_for_without_keeping_readers_from_it(gateway: GatewayStack) -> None:
    await spoil_tables(gateway)
    async with gateway.database.begin() as reading, asyncio.timeout(30):
        await reading.execute(text("SELECT FROM track"))
        async with in_background(make_fit(gateway.database, pause_s=0.5)):
            await until_somebody_waits_for(reading, gateway)
            async with gateway.database.begin() as other:
                await other.execute(text("SELECT FROM track"))
            await reading.commit()
            while "title" not in await columns_of_track(gateway):
                await asyncio.sleep(0.05)


async def test_what_was_begun_with_other_tables_is_begun_anew(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    fewer = Generations(gateway.private, gateway.generations.family, gateway.clock, tables=TABLES[:-1])
    await replace(gateway.rebuilding(), generations=fewer).rebuild(dry=True)
    counted = Counting(gateway.rebuilding().filler)
    await gateway.rebuilding(counted).rebuild()
    assert counted.records == written


async def test_the_gauge_of_outdated_rows_goes_back_when_they_are_made_anew(gateway: GatewayStack) -> None:
    newer = by(NEWER, gateway)
    async with in_background(newer.generations.watch(every_s=0.01)), asyncio.timeout(30):
        while outdated() != 1:
            await asyncio.sleep(0.01)
        await newer.rebuild()
        while outdated() != 0:
            await asyncio.sleep(0.01)


def outdated() -> float:
    return float(next(iter(OUTDATED.collect())).samples[0].value)


def test_a_switch_that_would_lose_a_record_is_refused() -> None:
    one, two = Partition("tracks", 0), Partition("tracks", 1)
    refuse_loss({one: 3}, {one: 3, two: 1})
    for reached in ({one: 2, two: 1}, {two: 1}):
        with pytest.raises(Lossy):
            refuse_loss({one: 3, two: 1}, reached)


async def test_a_failure_is_told_when_nobody_writes_any_more() -> None:
    loop = asyncio.get_running_loop()
    failed, running = loop.create_future(), loop.create_future()
    failed.set_exception(Overtaken("first"))
    ending = asyncio.ensure_future(all_ended([failed, running]))
    await asyncio.sleep(0)
    assert not (await asyncio.wait([ending], timeout=0.05))[0]
    running.set_result(None)
    with pytest.raises(Overtaken):
        await ending


async def test_a_killed_worker_is_told_as_such() -> None:
    broken = asyncio.get_running_loop().create_future()
    broken.set_exception(BrokenProcessPool())
    with pytest.raises(WorkerDied):
        await all_ended([broken])


async def test_the_lock_is_asked_for_again_when_its_connection_was_lost(gateway: GatewayStack) -> None:
    rebuilding = gateway.rebuilding()
    async with rebuilding.alone() as still:
        await still()
        await end_who_has_the_lock(gateway)
        await still()
        await end_who_has_the_lock(gateway)
        async with gateway.rebuilding().alone():
            with pytest.raises(AnotherRebuild):
                await still()


async def end_who_has_the_lock(gateway: GatewayStack) -> None:
    mine = "objid::bigint = hashtext(:name)::bigint & 4294967295"
    end = text(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND {mine}")  # noqa: S608 (ours)
    left = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {mine}")  # noqa: S608 (ours)
    name = {"name": f"{gateway.generations.family} rebuild"}
    async with gateway.private.begin() as connection, asyncio.timeout(10):
        await connection.execute(end, name)
        while (await connection.execute(left, name)).scalar_one():
            await asyncio.sleep(0.01)


async def test_a_schema_that_another_rebuild_began_anew_is_not_switched_to(gateway: GatewayStack) -> None:
    """The lock was lost for a while."""
    await folded_history(gateway)
    gone = await gateway.generations.begin()
    assert await gateway.generations.has(gone)
    await gateway.generations.drop(gone)
    again = await gateway.generations.begin()
    assert (again.name, await gateway.generations.has(gone)) == (gone.name, False)


async def test_sandboxes_are_made_one_after_the_other(gateway: GatewayStack) -> None:
    async with gateway.rebuilding().alone():
        for work in (Sandboxes(gateway.rebuilding()).replay("box", None), Sandboxes(gateway.rebuilding()).diff("box")):
            with pytest.raises(AnotherRebuild):
                await work


async def test_any_number_of_tracks_may_be_chosen(gateway: GatewayStack) -> None:
    """Postgres takes 65,535 parameters."""
    await folded_history(gateway)
    sandboxes = Sandboxes(gateway.rebuilding())
    await sandboxes.replay("box", ["trk_1", *(f"trk_none_{number}" for number in range(70_000))])
    async with gateway.database.begin() as connection:
        await connection.execute(text("UPDATE track SET title = 'spoiled'"))
    compared = await sandboxes.diff("box")
    shown = [difference.key for table in compared.tables or () for difference in table.shown]
    assert shown == [{"id": "trk_1"}]
