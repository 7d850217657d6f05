"""A janitor may be killed before and after every call that leaves it: the next one finishes the work."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aik_gateway.janitor import SETTLE
from aik_gateway.multipart import Multiparts
from aik_gateway.multipart_xml import StoredPart, Unfinished
from aik_service.settings import ObjectSettings

from tests.faults.crash.life import Life, live
from tests.faults.crash.ports import MortalDatabase, MortalLog, MortalObjects
from tests.pipeline.gateway_house import House, made_house


class MortalMultiparts:
    """Looking is no point."""

    def __init__(self, life: Life, multiparts: Multiparts) -> None:
        self._life = life
        self._multiparts = multiparts

    async def begin(self, key: str, content_type: str) -> str:
        async with self._life.leaving("begin multipart"):
            return await self._multiparts.begin(key, content_type)

    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        self._life.check()
        return await self._multiparts.parts(key, multipart_id)

    async def complete(self, key: str, multipart_id: str, parts: Sequence[StoredPart]) -> None:
        async with self._life.leaving("complete multipart"):
            await self._multiparts.complete(key, multipart_id, parts)

    async def finished(self, key: str) -> tuple[int, str] | None:
        self._life.check()
        return await self._multiparts.finished(key)

    async def abort(self, key: str, multipart_id: str) -> None:
        async with self._life.leaving("abort multipart"):
            await self._multiparts.abort(key, multipart_id)

    async def unfinished(self, prefix: str, limit: int) -> list[Unfinished]:
        self._life.check()
        return await self._multiparts.unfinished(prefix, limit)


@dataclass(frozen=True)
class Rubbish:
    """What is over: an upload that nobody completes, and a deleted track with its source."""

    upload: str
    track: str
    asset: str


@pytest.fixture
async def house(postgres: str, s3: ObjectSettings) -> AsyncIterator[House]:
    async with made_house(postgres, s3) as made:
        yield made


CALLS = {
    "append asset.upload_aborted",
    "append asset.removed",
    "abort multipart",
    "remove",
    "remove (2)",
    "commit of Sweeps.take_up",
    "commit of Sweeps.swept",
    "commit of Sweeps.put_bookmark",
}
"""Between two calls a janitor only looks: dying before one is dying after the one before it."""


async def test_a_janitor_may_die_after_every_call_that_leaves_it(house: House, postgres: str) -> None:
    assert {f"after {call}" for call in CALLS} <= set(await cleaned(house, postgres, None))
    for point in sorted(f"after {call}" for call in CALLS):
        try:
            assert (await cleaned(house, postgres, point))[-1] == point
        except AssertionError as error:
            error.add_note(f"killed {point}")
            raise


async def cleaned(house: House, postgres: str, killed: str | None) -> list[str]:
    """The points that the first janitor had."""
    rubbish, life = await made_rubbish(house), Life(killed)
    await live(life, one_janitor(life, house, postgres))
    await house.gateway.until_folded()
    state = await house.state(f"upl_{rubbish.asset[4:]}")
    assert state == "removed" or await house.kept(rubbish.asset) == 1, "a source that may be imported is there"
    if killed is not None:
        after = Life()
        await live(after, one_janitor(after, house, postgres))
    assert [await house.kept(id) for id in (rubbish.upload, rubbish.track, rubbish.asset)] == [0, 0, 0]
    assert await house.unfinished(rubbish.upload) == 0
    assert (await house.state(rubbish.upload), await house.state(f"upl_{rubbish.asset[4:]}")) == ("expired", "removed")
    return life.points


async def made_rubbish(house: House) -> Rubbish:
    asset, upload = await house.uploaded(), await house.upload()
    track = await house.imported(asset)
    await house.delete(track)
    house.later(timedelta(days=1))
    return Rubbish(upload, track, asset)


async def one_janitor(life: Life, house: House, postgres: str) -> None:
    """One process, until there is nothing left to do."""
    gateway = house.gateway
    private = MortalDatabase(life, postgres, gateway.private.schema)
    mortal = replace(
        gateway, log=MortalLog(life, gateway.log), objects=MortalObjects(life, gateway.objects), private=private
    )
    try:
        async with mortal.janitor(lambda multiparts: MortalMultiparts(life, multiparts)) as janitor:
            await house.tidy(janitor)
            house.later(SETTLE)
            mortal.clock = gateway.clock
            await house.tidy(janitor)
    finally:
        await private.close()
