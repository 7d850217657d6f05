"""A new schema notes whichever log it is filled from: what serves says which one that has to be."""

from dataclasses import replace

import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_service.inbox import ForeignLog
from aik_service.objects.memory import MemoryObjects

from tests.pipeline.gateway_rebuilds import folded_history, states
from tests.pipeline.gateway_stack import made_gateway


class OtherLog(MemoryLog):
    """That of another cluster."""

    async def identity(self) -> str:
        return "other"


async def test_nothing_is_folded_from_another_log_beside_what_serves(postgres: str) -> None:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as gateway:
        await folded_history(gateway)
        await gateway.rebuilding().rebuild()
        await Sandboxes(gateway.rebuilding()).replay("box", None)
        rows, before = await gateway.rows(), await states(gateway)
        other = replace(gateway.rebuilding(), log=OtherLog())
        sandboxes = Sandboxes(other)
        works = (other.rebuild(), other.rebuild(dry=True), other.back(), sandboxes.replay("b", None))
        for work in (*works, sandboxes.replay("c", ["trk_1"]), sandboxes.diff("box"), sandboxes.drop("box")):
            with pytest.raises(ForeignLog, match="this is other"):
                await work
        assert (await gateway.rows(), await states(gateway)) == (rows, before)
