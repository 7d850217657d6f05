"""What serves is not held for ever by a rebuild that is paused meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.rebuild.levelling import HeldTooLong, Levelling
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.pipeline.gateway_stack import GatewayStack, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made:
        yield made


async def until_ended(gateway: GatewayStack, pid: int) -> None:
    there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    async with asyncio.timeout(20):
        while True:
            async with gateway.private.begin() as connection:
                if not (await connection.execute(there, {"pid": pid})).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def pid_of(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def paused(gateway: GatewayStack, levelling: Levelling, *, goes_on: bool) -> None:
    """Until Postgres has ended its session."""
    async with levelling.level() as (connection, _, _):
        await until_ended(gateway, await pid_of(connection))
        if goes_on:
            await connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("goes_on", [True, False], ids=["with a statement", "with its commit"])
async def test_what_serves_is_let_go_after_a_while_and_whoever_goes_on_is_told_so(
    gateway: GatewayStack, goes_on: bool
) -> None:
    other = Database(gateway.postgres, gateway.generations.family)
    patient = Levelling(gateway.database, other, gateway.rebuilding().filler)
    try:
        with pytest.raises(HeldTooLong):
            await paused(gateway, replace(patient, patience_s=0.1), goes_on=goes_on)
        async with patient.level() as (connection, _, _):
            await connection.execute(text("SELECT 1"))
    finally:
        await other.close()
