"""What the read model says is over, for the janitor: one transaction's view, so many rows at most of each kind."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aik_events.asset import AssetState
from aik_events.envelope import Partition
from aik_events.topics import ASSETS, TRACKS
from aik_service.database import Database, table_of
from aik_service.inbox_tables import HeldRecord, LogPosition
from sqlalchemy import ColumnElement, Select, Table, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select as rows
from sqlmodel.ext.asyncio.session import AsyncSession

from aik_gateway.readmodel.models.assets import AssetRow
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.models.tracks import TrackRow
from aik_gateway.readmodel.queries import ReadModelBehind

ASSET, TRACK, TIMELINE = table_of(AssetRow), table_of(TrackRow), table_of(TimelineRow)
HELD, POSITION = table_of(HeldRecord), table_of(LogPosition)
ABANDONED = (AssetState.ABORTED, AssetState.EXPIRED)


class Leftovers:
    """`swept` is the table of what has been taken up already, in another schema of the same database."""

    def __init__(self, connection: AsyncConnection, swept: Table, limit: int) -> None:
        self._connection = connection
        self._swept = swept
        self._limit = limit

    async def overdue(self, now: datetime) -> list[AssetRow]:
        """Uploads that were not completed in time."""
        return await self._assets(and_(ASSET.c.state == AssetState.UPLOADING, ASSET.c.expires_at <= now))

    async def sources_of(self, track_ids: Collection[str]) -> list[AssetRow]:
        """The assets of these tracks that no track uses any more; none while records are held that may use them."""
        if await self._hidden_tracks():
            return []
        named = select(TRACK.c.asset_id).where(TRACK.c.id.in_(track_ids))
        return await self._assets(and_(ASSET.c.state == AssetState.UPLOADED, ASSET.c.id.in_(named), ~_in_use()))

    async def unused(self, due_before: datetime, after: str, page: int) -> tuple[list[AssetRow], str]:
        """Assets that should have been uploaded before then and that no track uses, of the next page; and its end.

        The end is empty when it was the last page. None while records are held that may use one of them.
        """
        if await self._hidden_tracks():
            return [], after
        old = and_(ASSET.c.state == AssetState.UPLOADED, ASSET.c.expires_at <= due_before, ASSET.c.id > after)
        ids = await self._ids(select(ASSET.c.id).where(old).order_by(ASSET.c.id), page)
        unused = await self._assets(and_(ASSET.c.id.in_(ids), ~_in_use()), page)
        return unused, ids[-1] if len(ids) == page else ""

    async def closed(self, state: AssetState, after: str, page: int) -> tuple[list[str], str]:
        """The ids of assets in this state that are not taken up yet, of the next page; and its end, as of `unused`."""
        return await self._new(ASSET.c.id, ASSET.c.state == state, after, page)

    async def deleted(self, after: str, page: int) -> tuple[list[str], str]:
        """The ids of tracks that were deleted and are not taken up yet, in the same way."""
        return await self._new(TRACK.c.id, TRACK.c.deleted, after, page)

    async def closed_asset(self, asset_id: str) -> AssetRow | None:
        """None while it is open, or something may still use it."""
        if await self._hidden_tracks():
            return None
        closed = ASSET.c.state.in_((*ABANDONED, AssetState.REMOVED))
        found = await self._assets(and_(ASSET.c.id == asset_id, closed, ~_in_use()))
        return found[0] if found else None

    async def open_or_held(self, asset_ids: Collection[str]) -> set[str]:
        """Those of these whose multipart may still be needed."""
        is_open = and_(ASSET.c.id.in_(asset_ids), ASSET.c.state == AssetState.UPLOADING)
        rows = await self._connection.execute(select(ASSET.c.id).where(is_open))
        return {*rows.scalars(), *await self._held(ASSETS, asset_ids)}

    async def accepted_or_held(self, events: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these (track, event) that are accepted, or may be when a record that is held is folded."""
        held = await self._held(TRACKS, {track for track, _ in events})
        named = and_(TIMELINE.c.event_id.in_({event for _, event in events}), TIMELINE.c.reason.is_(None))
        of_tracks = TIMELINE.c.aggregate_id.in_({track for track, _ in events})
        rows = await self._connection.execute(
            select(TIMELINE.c.aggregate_id, TIMELINE.c.event_id).where(of_tracks, named)
        )
        accepted = {(track, event) for track, event in rows}
        return {(track, event) for track, event in events if track in held or (track, event) in accepted}

    async def _hidden_tracks(self) -> bool:
        """Records are held of tracks that are not there yet: nobody knows which assets these are made from."""
        # As text that Postgres has for any bytes; that of an id is the id, by which a track is found in the index.
        known = select(TRACK.c.id).where(TRACK.c.id == func.encode(HELD.c.key, "escape")).exists()
        hidden = select(HELD.c.key).where(HELD.c.topic == TRACKS, ~known).exists()
        return bool((await self._connection.execute(select(hidden))).scalar_one())

    async def _held(self, topic: str, ids: Collection[str]) -> set[str]:
        keys = [id.encode() for id in ids]
        rows = await self._connection.execute(select(HELD.c.key).where(HELD.c.topic == topic, HELD.c.key.in_(keys)))
        return {key.decode() for key in rows.scalars()}

    async def _assets(self, condition: ColumnElement[bool], limit: int | None = None) -> list[AssetRow]:
        """None of which a record is held: what is said of it now would wait behind that."""
        of_asset = and_(HELD.c.topic == ASSETS, HELD.c.key == func.convert_to(ASSET.c.id, "UTF8"))
        condition = and_(condition, ~select(HELD.c.key).where(of_asset).exists())
        async with AsyncSession(self._connection, expire_on_commit=False) as session:
            return list(
                await session.exec(rows(AssetRow).where(condition).order_by(ASSET.c.id).limit(limit or self._limit))
            )

    async def _ids(self, query: Select[Any], limit: int | None = None) -> list[str]:
        return list((await self._connection.execute(query.limit(limit or self._limit))).scalars())

    async def _new(
        self, id: ColumnElement[str], condition: ColumnElement[bool], after: str, page: int
    ) -> tuple[list[str], str]:
        """What is over stays so for ever: each look is at a page of it, however much there is."""
        over = select(id).where(condition, id > after).order_by(id)
        looked = over.limit(page).subquery()
        taken_up = select(self._swept.c.id).where(self._swept.c.id == looked.c.id).exists()
        new = await self._ids(select(looked.c.id).where(~taken_up).order_by(looked.c.id))
        if len(new) == self._limit:
            return new, new[-1]
        return new, "".join(await self._ids(over.offset(page - 1), 1))


def _in_use() -> ColumnElement[bool]:
    """A track that is not deleted is made from the asset."""
    return select(TRACK.c.id).where(TRACK.c.asset_id == ASSET.c.id, ~TRACK.c.deleted).exists()


@asynccontextmanager
async def leftovers(
    database: Database, swept: Table, limit: int, ends: Mapping[Partition, int]
) -> AsyncIterator[Leftovers]:
    """Raises ReadModelBehind unless everything before these ends is folded: what is not there was not there then.

    The read model may be emptied between two views, so each one asks.
    """
    async with database.snapshot() as connection:
        rows = await connection.execute(select(POSITION.c.topic, POSITION.c.partition, POSITION.c.next))
        positions = {Partition(topic, number): offset for topic, number, offset in rows}
        if any(positions.get(partition, 0) < end for partition, end in ends.items()):
            raise ReadModelBehind
        yield Leftovers(connection, swept, limit)
