"""The janitor: ends what nobody ended, and removes the objects of what is over."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from aik_events.asset import AssetState
from aik_events.catalogue import AssetRemoved, AssetUploadAborted
from aik_events.envelope import Partition
from aik_events.ids import derived
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown
from aik_events.topics import ASSETS, TRACKS
from aik_service.database import OUTAGES, Database
from aik_service.objects import Objects, ObjectsUnavailable

from aik_gateway.commands import minted
from aik_gateway.multipart import Multiparts
from aik_gateway.multipart_xml import Unfinished
from aik_gateway.private.sweeps import Sweeps
from aik_gateway.readmodel.leftovers import Leftovers, leftovers
from aik_gateway.readmodel.models.assets import AssetRow
from aik_gateway.readmodel.queries import ReadModelBehind
from aik_gateway.settings import JanitorSettings

log = structlog.get_logger()

T = TypeVar("T")
EVERY_S = 60.0
BATCH = 100
"""So many of each kind are seen to in a round."""
PAGE = 1_000
"""So many objects, multiparts and old assets are looked at in a round."""
ROWS = 10_000
"""So many rows of what is over are looked at in a round, to find those that are new."""
SETTLE = timedelta(minutes=2)
"""An import that saw the asset before it was removed has been folded by then: it takes seconds."""
LYRICS = re.compile(r"tracks/(trk_[0-9A-Za-z]+)/lyrics/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}(?:-[0-9a-f]+){2})\.json")
"""Named by an event whose id is a UUIDv7."""
MOST_IN_A_ROW = 3
"""So many things fail one after another only when the server that they need is away."""
TROUBLES = (ObjectsUnavailable, LogUnavailable, OutcomeUnknown, AppendFailed)
"""A store or a log that refuses what it is asked is none of the projector's business."""
LYRICS_LOOK, ASSETS_LOOK, DELETED_LOOK = "lyrics", "assets", "deleted"
CLOSED = (AssetState.ABORTED, AssetState.EXPIRED, AssetState.REMOVED)
"""What is looked through a page at a time, round after round."""


class Janitor:
    """Any number may run at once: the ids of their events follow from the cause, and removing twice is harmless.

    Each round does a bounded part of the work, and only when everything is folded that was in the log a round ago:
    what is missing in a read model that is behind may be there after all.
    """

    def __init__(
        self,
        log: Log,
        database: Database,
        sweeps: Sweeps,
        objects: Objects,
        multiparts: Multiparts,
        settings: JanitorSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._database = database
        self._sweeps = sweeps
        self._objects = objects
        self._multiparts = multiparts
        self._settings = settings
        self._clock = clock
        self._ends: Mapping[Partition, int] | None = None
        self._known: Mapping[Partition, int] | None = None

    async def run(self) -> None:
        """A round a minute, for ever; an outage is waited out."""
        while True:
            try:
                await self.round()
            except (*TROUBLES, *OUTAGES) as error:
                log.warning("the janitor waits for its servers", error=repr(error))
            await asyncio.sleep(EVERY_S)

    async def round(self) -> bool:
        """False when the read model is behind, or nobody knows yet: nothing was done then, or nothing more."""
        self._known, self._ends = self._ends, await self._log.ends([ASSETS, TRACKS])
        if self._known is None:
            return False
        now = self._clock()
        try:
            await self._end_assets(now)
            await self._take_up_closed(now)
            await self._take_up_deleted(now)
            await self._sweep_due(now)
            for look in (self._remove_stray_lyrics, self._abort_strays):
                await _each([now], look)
        except ReadModelBehind:
            return False
        return True

    async def _end_assets(self, now: datetime) -> None:
        """Uploads that nobody completed, and assets that nobody imported."""
        due_before, mark = now - timedelta(seconds=self._settings.asset_ttl_s), await self._sweeps.bookmark(ASSETS_LOOK)
        async with self._view() as view:
            overdue = await view.overdue(now)
            unused, mark = await view.unused(due_before, mark, PAGE)
        await _each(_of_no_order(overdue), self._expire)
        await _each(_of_no_order(unused), self._retire)
        await self._sweeps.put_bookmark(ASSETS_LOOK, mark)

    async def _take_up_closed(self, now: datetime) -> None:
        for state in CLOSED:
            mark = await self._sweeps.bookmark(state)
            async with self._view() as view:
                closed, mark = await view.closed(state, mark, ROWS)
            await self._sweeps.take_up(closed, now + SETTLE if state == AssetState.REMOVED else now)
            await self._sweeps.put_bookmark(state, mark)

    async def _take_up_deleted(self, now: datetime) -> None:
        """Deleted tracks; their sources are looked at again when they are due again."""
        mark, due = await self._sweeps.bookmark(DELETED_LOOK), await self._sweeps.due(now, BATCH)
        async with self._view() as view:
            deleted, mark = await view.deleted(mark, ROWS)
            sources = await view.sources_of([*deleted, *due])
        await _each(_of_no_order(sources), self._retire)
        await self._sweeps.take_up(deleted, now)
        await self._sweeps.put_bookmark(DELETED_LOOK, mark)

    async def _expire(self, asset: AssetRow) -> None:
        id = derived(asset.id, AssetUploadAborted.TYPE, "expired")
        await self._log.append(AssetUploadAborted(meta=minted(asset.client_id, asset.id, id=id), reason="expired"))
        log.info("an upload has expired", asset=asset.id)

    async def _retire(self, asset: AssetRow) -> None:
        """No import is accepted from now on."""
        id = derived(asset.id, AssetRemoved.TYPE)
        await self._log.append(AssetRemoved(meta=minted(asset.client_id, asset.id, id=id)))
        log.info("an asset that no track uses is removed", asset=asset.id)

    def _view(self) -> AbstractAsyncContextManager[Leftovers]:
        """As of now, if everything is folded that was in the log a round ago; else it raises ReadModelBehind."""
        return leftovers(self._database, self._sweeps.table, BATCH, self._known or {})

    async def _sweep_due(self, now: datetime) -> None:
        async def put_off(id: str) -> None:
            await self._sweeps.postpone(id, now + SETTLE)

        await _each(await self._sweeps.due(now, BATCH), lambda id: self._sweep(id, now), put_off)

    async def _sweep(self, id: str, now: datetime) -> None:
        """Everything in the store that belongs to it; once more later, since somebody may still be writing."""
        if id.startswith("trk_"):
            await self._remove(f"tracks/{id}/")
        else:
            async with self._view() as view:
                asset = await view.closed_asset(id)
            if asset is None:
                return await self._sweeps.postpone(id, now + SETTLE)
            await self._multiparts.abort(asset.key, asset.multipart_id)
            await self._remove(f"assets/{id}/")
        await self._sweeps.swept(id, now + timedelta(seconds=self._settings.sweep_again_s))

    async def _remove(self, prefix: str) -> None:
        keys = await self._objects.keys(prefix)
        if keys:
            await self._objects.remove(keys)
            log.info("objects of what is over were removed", prefix=prefix, objects=len(keys))

    async def _abort_strays(self, now: datetime) -> None:
        """Multiparts of uploads that nobody knows: their start died before it was in the log."""
        begun_before = now - timedelta(seconds=self._settings.orphan_after_s)
        old = [one for one in await self._multiparts.unfinished("assets/", PAGE) if one.begun_at < begun_before]
        async with self._view() as view:
            needed = await view.open_or_held({_asset_of(one.key) for one in old})
        await _each([one for one in old if _asset_of(one.key) not in needed], self._abort)

    async def _abort(self, stray: Unfinished) -> None:
        await self._multiparts.abort(stray.key, stray.multipart_id)
        log.info("a multipart that no upload knows was aborted", key=stray.key)

    async def _remove_stray_lyrics(self, now: datetime) -> None:
        """Lyrics whose event was refused, or never came into the log; the next part of the store with each round."""
        keys = await self._objects.keys_after("tracks/", await self._sweeps.bookmark(LYRICS_LOOK), PAGE)
        old = dict(_lyrics(keys, now - timedelta(seconds=self._settings.orphan_after_s)))
        async with self._view() as view:
            needed = await view.accepted_or_held(old.keys())
        # Before they are removed, so that one that can't be doesn't keep the rest of the store from its turn.
        await self._sweeps.put_bookmark(LYRICS_LOOK, keys[-1] if len(keys) == PAGE else "")
        stray = [key for event, key in old.items() if event not in needed]
        if stray:
            await self._objects.remove(stray)
            log.info("lyrics of no accepted event were removed", objects=len(stray))


async def _each(
    items: Sequence[T], see_to: Callable[[T], Awaitable[None]], put_off: Callable[[T], Awaitable[None]] | None = None
) -> None:
    """One that fails keeps none of the others, until so many have failed in a row; the rest waits for a later round."""
    in_a_row = 0
    for item in items:
        try:
            await see_to(item)
        except TROUBLES as error:
            log.warning("the janitor puts something off", item=_named(item), error=repr(error))
            if put_off is not None:
                await put_off(item)
            in_a_row += 1
            if in_a_row == MOST_IN_A_ROW:
                return
        else:
            in_a_row = 0


def _of_no_order(assets: Sequence[AssetRow]) -> Sequence[AssetRow]:
    """Those that the log refuses are not always the first."""
    return random.sample(assets, len(assets))


def _named(item: object) -> str:
    return item.key if isinstance(item, AssetRow | Unfinished) else str(item)


def _asset_of(key: str) -> str:
    return key.split("/")[1]


def _lyrics(keys: Sequence[str], minted_before: datetime) -> list[tuple[tuple[str, str], str]]:
    """The (track, event) of each lyrics document whose event's id is older, and its key."""
    matches = [match for match in map(LYRICS.fullmatch, keys) if match is not None]
    before_ms = minted_before.timestamp() * 1000
    return [((match[1], match[2]), match[0]) for match in matches if _minted_ms(match[2]) < before_ms]


def _minted_ms(uuid7: str) -> int:
    """The first 48 bits (RFC 9562)."""
    return int(uuid7.replace("-", "")[:12], 16)
