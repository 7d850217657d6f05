"""What the janitor is told to take up: a page of what is over at each look, however much there is."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aik_events.asset import AssetState
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_gateway.private.sweeps import Sweeps
from aik_gateway.readmodel.leftovers import leftovers
from sqlalchemy import text

from tests.pipeline.gateway_stack import GatewayStack

NAMES = ("a", "b", "c", "d", "e")


async def looks(gateway: GatewayStack, state: AssetState | None, page: int, limit: int) -> Sequence[list[str]]:
    """What each look finds, from the beginning to the end; what is found is not taken up."""
    found, after = [], ""
    while True:
        async with leftovers(gateway.database, Sweeps(gateway.private).table, limit, {}) as view:
            new, after = await (view.deleted(after, page) if state is None else view.closed(state, after, page))
        found.append(new)
        if not after:
            return found


async def test_a_look_goes_on_where_the_last_one_ended_until_there_is_no_more(gateway: GatewayStack) -> None:
    tracks, assets = [f"trk_{name}" for name in NAMES], [f"ast_{name}" for name in NAMES]
    for name in (*tracks, "trk_kept"):
        author = Author(name, client="cli")
        await gateway.log.append(author.imported())
        if name in tracks:
            await gateway.log.append(author.deleted())
    for name in (*assets, "ast_kept"):
        asset = AssetAuthor(name, client="cli")
        await gateway.log.append(asset.upload_started())
        if name in assets:
            await gateway.log.append(asset.aborted())
    await gateway.until_folded()
    for state, all_ in ((None, tracks), (AssetState.ABORTED, assets)):
        assert await looks(gateway, state, page=10, limit=100) == [all_]
        assert await looks(gateway, state, page=2, limit=100) == [all_[:2], all_[2:4], all_[4:]]
        assert await looks(gateway, state, page=10, limit=3) == [all_[:3], all_[3:]]
        await Sweeps(gateway.private).take_up(all_[:3], datetime.now(UTC))
        assert await looks(gateway, state, page=2, limit=100) == [[], all_[3:4], all_[4:]]
    assert await looks(gateway, AssetState.EXPIRED, page=10, limit=100) == [[]]


async def hold(gateway: GatewayStack, first: int, last: int) -> None:
    """Records of the tracks trk_<number>."""
    held = text(
        "INSERT INTO held_record SELECT :topic, 0, n, convert_to('trk_' || n, 'UTF8'), '', '{}', NULL, false "
        "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
    )
    async with gateway.database.begin() as connection:
        await connection.execute(held, {"topic": TRACKS, "first": first, "last": last})


async def may_be_ended(gateway: GatewayStack, asset_id: str) -> bool:
    async with leftovers(gateway.database, Sweeps(gateway.private).table, 100, {}) as view:
        return await view.closed_asset(asset_id) is not None


async def test_any_number_of_records_may_be_held_and_what_tracks_unknown_yet_may_use_is_kept(
    gateway: GatewayStack,
) -> None:
    """Postgres takes 65,535 parameters."""
    asset = AssetAuthor("ast_unused", client="cli")
    for event in (asset.upload_started(), asset.aborted(), Author("trk_1", client="cli").imported()):
        await gateway.log.append(event)
    await gateway.until_folded()
    await hold(gateway, 1, 1)
    assert await may_be_ended(gateway, "ast_unused")
    await hold(gateway, 2, 70_000)
    assert not await may_be_ended(gateway, "ast_unused")
