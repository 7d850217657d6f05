"""What only compares: a sandbox beside what serves, and a dry run."""

from collections.abc import AsyncIterator

import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_rebuilds import columns_of_track, folded_history, spoil_tables
from tests.pipeline.gateway_stack import GatewayStack, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


async def test_what_only_compares_leaves_what_serves_as_it_is(gateway: GatewayStack) -> None:
    """Columns that are in one of both alone are named, and not compared."""
    await folded_history(gateway)
    await spoil_tables(gateway)
    columns, sandboxes = await columns_of_track(gateway), Sandboxes(gateway.rebuilding())
    await sandboxes.replay("box", None)
    for compared in (await sandboxes.diff("box"), await gateway.rebuilding().rebuild(dry=True)):
        assert (compared.differing, compared.lacking) == (0, ["track.title"])
    assert await columns_of_track(gateway) == columns


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
