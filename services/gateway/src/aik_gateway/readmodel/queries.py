"""What the api reads: rows of one client, in one consistent snapshot."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from aik_events.track import JobState, StepProgress
from aik_events.verdict import Verdict
from aik_service.database import Database, table_of
from aik_service.health import NotReady
from aik_service.inbox_tables import LogPosition
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from aik_gateway.problems import Problem
from aik_gateway.readmodel import lists
from aik_gateway.readmodel.lists import Asked, Delivery
from aik_gateway.readmodel.models.assets import AssetRow
from aik_gateway.readmodel.models.deliveries import DeliveryFactRow, DeliveryRow
from aik_gateway.readmodel.models.endpoints import EndpointRow
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.models.tracks import JobRow, TrackRow, VersionRow
from aik_gateway.readmodel.paging import Page, Place, page_of

ID = re.compile(r"[a-z]{3}_[A-Za-z0-9]{1,64}")
UUID = re.compile(r"[0-9a-f-]{36}")
Row = TypeVar("Row", bound=SQLModel)


class ReadModelBehind(NotReady):
    """What was in the log when this schema was made or emptied is not all folded: nobody can say what is missing."""

    code = "read-model-behind"


class Reads:
    """One transaction's view. Another client's rows and those of deleted tracks are not there: each raises Problem.

    What is not there while the projector has yet to catch up raises ReadModelBehind instead.
    """

    def __init__(self, session: AsyncSession, client_id: str) -> None:
        self._session = session
        self._client_id = client_id

    async def asset(self, asset_id: str, *, missing: str = "unknown-asset") -> AssetRow:
        row = await self._get(AssetRow, asset_id)
        if row is None or row.client_id != self._client_id:
            raise await self._absent(missing)
        return row

    async def track(self, track_id: str) -> TrackRow:
        row = await self._get(TrackRow, track_id)
        if row is None or row.client_id != self._client_id:
            raise await self._absent("unknown-track")
        if row.deleted:
            raise Problem("deleted")
        return row

    async def job(self, job_id: str) -> JobRow:
        row = await self._get(JobRow, job_id)
        if row is None or row.client_id != self._client_id:
            raise await self._absent("unknown-job")
        await self.track(row.track_id)
        return row

    async def job_of(self, version: VersionRow) -> JobRow | None:
        return None if version.job_id is None else await self._session.get(JobRow, version.job_id)

    async def version(self, track: TrackRow, number: int) -> VersionRow:
        row = await self._session.get(VersionRow, (track.id, number))
        if row is None:
            raise await self._absent("unknown-version")
        return row

    async def versions(self, track: TrackRow, asked: Asked) -> Page[VersionRow]:
        found = await self._session.exec(lists.versions(track.id, asked))
        return page_of(found.all(), asked.limit, lambda row: Place(row.created_at, str(row.number)))

    async def tracks(self, asked: Asked) -> Page[tuple[TrackRow, JobRow]]:
        """Each with its newest job."""
        found = (await self._session.exec(lists.tracks(self._client_id, asked))).all()
        return page_of(found, asked.limit, lambda row: Place(row[0].created_at, row[0].id))

    async def endpoints(self, asked: Asked) -> Page[EndpointRow]:
        asked = await self._bounded(EndpointRow, asked)
        found = (await self._session.exec(lists.endpoints(self._client_id, asked))).all()
        return page_of(found, asked.limit, lambda row: Place(row.created_at, row.id), asked.until)

    async def endpoint(self, endpoint_id: str) -> EndpointRow:
        row = await self._session.get(EndpointRow, endpoint_id) if UUID.fullmatch(endpoint_id) else None
        if row is None or row.client_id != self._client_id:
            raise await self._absent("unknown-endpoint")
        return row

    async def deliveries(self, asked: Asked, track_id: str | None) -> Page[Delivery]:
        asked = await self._bounded(DeliveryRow, asked)
        found = (await self._session.exec(lists.deliveries(self._client_id, asked, track_id))).all()
        page = page_of(found, asked.limit, lambda row: Place(row[0].created_at, row[0].id), asked.until)
        attempts: dict[str, list[DeliveryFactRow]] = {row.id: [] for row, _ in page.items}
        for fact in await self._session.exec(lists.attempts(list(attempts))):
            attempts[fact.delivery_id].append(fact)
        return page.map(lambda row: Delivery(row[0], row[1], attempts[row[0].id]))

    async def delivery(self, delivery_id: str) -> DeliveryRow:
        row = await self._session.get(DeliveryRow, delivery_id) if UUID.fullmatch(delivery_id) else None
        if row is None or row.client_id != self._client_id:
            raise await self._absent("unknown-delivery")
        return row

    async def timeline(self, job: JobRow, asked: Asked) -> Page[TimelineRow]:
        """The event that opened it and those about it, the oldest first."""
        found = (await self._session.exec(lists.timeline(job, asked))).all()
        return page_of(found, asked.limit, lambda row: Place(row.time, str(row.offset)))

    async def told(self, job: JobRow, after: int | None, limit: int) -> list[TimelineRow]:
        """What listeners of the job are told after this offset, in log order; None: the last of it alone."""
        return await told_of(self._session, job, after, limit)

    async def _bounded(self, row: type[DeliveryRow | EndpointRow], asked: Asked) -> Asked:
        """Of a state that only a look at each row tells, a page ends after so many rows, however few it found."""
        if asked.state is None:
            return asked
        last = (await self._session.exec(lists.last_scanned(row, self._client_id, asked))).one_or_none()
        return asked if last is None else replace(asked, until=Place(*last))

    async def _get(self, row: type[Row], id: str) -> Row | None:
        return await self._session.get(row, id) if ID.fullmatch(id) else None

    async def _absent(self, code: str) -> Problem:
        await _check_caught_up(await self._session.connection())
        return Problem(code)


class ReadModel:
    """The read model's one door: which schema it is in is decided here, for each transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> None:
        """Raises ReadModelBehind, with how far."""
        async with self._database.begin() as connection:
            await _check_caught_up(connection)

    @asynccontextmanager
    async def snapshot(self, client_id: str) -> AsyncIterator[Reads]:
        async with (
            self._database.snapshot() as connection,
            AsyncSession(connection, expire_on_commit=False) as session,
        ):
            yield Reads(session, client_id)

    async def verdict(self, aggregate_id: str, event_id: str) -> Verdict | None:
        """None while the event is not folded yet."""
        async with self._database.begin() as connection, AsyncSession(connection) as session:
            row = await session.get(TimelineRow, (aggregate_id, event_id))
            return None if row is None else Verdict(reason=row.reason, detail=row.detail)

    async def told(self, job: JobRow, after: int, limit: int) -> list[TimelineRow]:
        """What listeners of the job are told after this offset, in log order, at most so much."""
        async with self._database.begin() as connection, AsyncSession(connection) as session:
            return await told_of(session, job, after, limit)

    async def newest_told(self, tracks: Mapping[str, str]) -> Mapping[str, int]:
        """The offset of the newest message of each of these jobs, given with their tracks."""
        row = table_of(TimelineRow).c
        of_jobs = row.aggregate_id.in_(set(tracks.values())) & row.job_id.in_(tracks) & row.told.is_not(None)
        async with self._database.begin() as connection:
            found = await connection.execute(
                select(row.job_id, func.max(row.offset)).where(of_jobs).group_by(row.job_id)
            )
            return {job_id: offset for job_id, offset in found}

    async def ended_jobs(self, limit: int) -> list[tuple[list[StepProgress], int]]:
        """The steps of the jobs that succeeded last, anybody's, and the durations of their songs; newest first."""
        ended = select(JobRow.steps, TrackRow.duration_ms).join(TrackRow, col(TrackRow.id) == col(JobRow.track_id))
        ended = ended.where(col(JobRow.state) == JobState.SUCCEEDED, col(TrackRow.duration_ms).is_not(None))
        async with self._database.begin() as connection, AsyncSession(connection) as session:
            rows = await session.exec(ended.order_by(col(JobRow.finished_at).desc()).limit(limit))
            return [
                ([StepProgress.model_validate(step) for step in steps], duration_ms)
                for steps, duration_ms in rows
                if duration_ms is not None
            ]


async def told_of(session: AsyncSession, job: JobRow, after: int | None, limit: int) -> list[TimelineRow]:
    """All events of one track lie in one partition, so that their offsets are in order."""
    of_job = select(TimelineRow).where(
        TimelineRow.aggregate_id == job.track_id, TimelineRow.job_id == job.id, col(TimelineRow.told).is_not(None)
    )
    if after is None:
        return list(await session.exec(of_job.order_by(col(TimelineRow.offset).desc()).limit(1)))
    newer = of_job.where(TimelineRow.offset > after)
    return list(await session.exec(newer.order_by(col(TimelineRow.offset)).limit(limit)))


async def _check_caught_up(connection: AsyncConnection) -> None:
    position = table_of(LogPosition).c
    left = func.sum(func.greatest(position.barrier - position.next, 0))
    behind = (await connection.execute(select(left))).scalar_one()
    if behind is None:
        raise ReadModelBehind("no projector has run yet")
    if behind > 0:
        raise ReadModelBehind(f"{behind} records of the log are not folded yet")
