"""The read model follows from the log alone: made anew beside the one that serves, it is the same."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aik_events.log import LogUnavailable
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_gateway.readmodel.generations import BUILDING, PREVIOUS, RETIRED, SERVED, Generations
from aik_gateway.rebuild.comparing import Difference
from aik_gateway.rebuild.rebuilding import HoldsMore, NothingToGoBackTo
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.pipeline.gateway_rebuilds import Counting, Failing, folded_history, states
from tests.pipeline.gateway_stack import GatewayStack, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


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


class LosesPostgres(Generations):
    async def drop_retired(self) -> None:
        raise OperationalError("DROP", {}, Exception("gone"))


async def test_an_outage_after_the_switch_undoes_nothing_and_the_next_one_drops_what_is_left(
    gateway: GatewayStack,
) -> None:
    await gateway.rebuilding().rebuild()
    generations = LosesPostgres(gateway.private, gateway.generations.family, gateway.clock)
    await replace(gateway.rebuilding(), generations=generations).rebuild()
    assert await states(gateway) == [("", RETIRED), ("_g2", PREVIOUS), ("_g3", SERVED)]
    await gateway.rebuilding().rebuild()
    assert await states(gateway) == [("_g3", PREVIOUS), ("_g4", SERVED)]


async def test_a_lost_schema_is_rebuilt_from_nothing(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    before = await gateway.rows()
    await gateway.database.drop()
    compared = await gateway.rebuilding().rebuild()
    assert compared.tables is None
    assert await gateway.rows() == before


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
