"""Code of several releases beside rows of another one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_gateway.readmodel.fitting import make_ready
from aik_gateway.readmodel.generations import OUTDATED, PREVIOUS, SERVED, Generations
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import inbox_of, project
from aik_gateway.readmodel.version import PROJECTION_VERSION
from aik_gateway.rebuild.rebuilding import NotStarted, OlderCode
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_service.database import NewerServes
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_rebuilds import NEWER, Counting, by, columns_of_track, folded_history, spoil_tables, states
from tests.pipeline.gateway_stack import GatewayStack, in_background, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


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


async def test_what_was_begun_with_other_tables_is_begun_anew(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    fewer = Generations(gateway.private, gateway.generations.family, gateway.clock, tables=TABLES[:-1])
    await replace(gateway.rebuilding(), generations=fewer).rebuild(dry=True)
    counted = Counting(gateway.rebuilding().filler)
    await gateway.rebuilding(counted).rebuild()
    assert counted.records == written


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
