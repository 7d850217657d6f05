"""Drafts: folders of files that no manifest names yet, noted before they are written, so that they can be swept."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import DateTime, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from aik_service.database import OUTAGES, Database, table_of
from aik_service.memo import Manifest
from aik_service.objects import ObjectMissing, Objects, ObjectsUnavailable
from aik_service.tasks import TASK

log = structlog.get_logger()
SWEEP_EVERY_S = 60.0
SETTLED_S = 300.0
"""A worker that has lost its lease may still be sending a file."""


class Draft(SQLModel, table=True):
    """The folder that one attempt writes to; `left_at` is when its lease was first seen to be gone."""

    __tablename__ = "draft"

    folder: str = Field(primary_key=True)
    manifest: str
    lease_id: UUID
    left_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


DRAFT = table_of(Draft)


class Drafts:
    """Whoever writes notes it first and forgets it when the manifest is there; what is left is swept."""

    def __init__(self, database: Database, objects: Objects, *, settled_s: float = SETTLED_S) -> None:
        self._database = database
        self._objects = objects
        self._settled = timedelta(seconds=settled_s)

    async def note(self, folder: str, manifest: str, lease_id: UUID) -> None:
        row = {"folder": folder, "manifest": manifest, "lease_id": lease_id}
        async with self._database.begin() as connection:
            await connection.execute(insert(DRAFT).values(row).on_conflict_do_nothing())

    async def forget(self, folder: str) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(DRAFT).where(DRAFT.c.folder == folder))

    async def run(self) -> None:
        """Sweeps for ever; an outage is waited out."""
        while True:
            try:
                await self.sweep()
            except (ObjectsUnavailable, *OUTAGES) as error:
                log.warning("left files can't be swept now", error=repr(error))
            await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self) -> int:
        """Removes the files of attempts that are over and that no manifest names; gives the number of files."""
        removed = 0
        for folder, manifest in await self._left():
            keys = await self._objects.keys(f"{folder}/")
            if keys and not await self._may_be_named(folder, manifest):
                await self._objects.remove(keys)
                log.info("files that no manifest names were removed", folder=folder, files=len(keys))
                removed += len(keys)
            await self.forget(folder)
        return removed

    async def _left(self) -> list[tuple[str, str]]:
        is_over = DRAFT.c.lease_id.not_in(select(TASK.c.lease_id).where(TASK.c.lease_id.is_not(None)))
        async with self._database.begin() as connection:
            await connection.execute(update(DRAFT).where(is_over, DRAFT.c.left_at.is_(None)).values(left_at=func.now()))
            settled = DRAFT.c.left_at <= func.now() - self._settled
            found = await connection.execute(select(DRAFT.c.folder, DRAFT.c.manifest).where(settled))
            return [(folder, manifest) for folder, manifest in found]

    async def _may_be_named(self, folder: str, manifest: str) -> bool:
        try:
            return Manifest.model_validate_json(await self._objects.read(manifest)).names(folder)
        except ObjectMissing:
            return False
        except ValidationError:
            log.warning("a manifest can't be read, so its files stay", key=manifest)
            return True
