"""The timeline: every event that was ever judged, and the job as it left it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aik_events.catalogue import LyricsUpdated, TrackDeleted, TrackImported, TrackReprocessRequested
from aik_events.catalogue.jobs import JobEvent
from aik_events.track import Job, Track
from aik_service.folding import Change
from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from aik_gateway.readmodel.model import TIME, Model, ReadModelRow
from aik_gateway.readmodel.models.tracks import job_row

ABOUT = {"steps", "run", "step", "attempt", "sla_ms", "code", "detail", "retry_in_ms", "retryable", "accept_qc"}
"""The fields of events, of whatever type, that the timeline keeps: small, and of use to a person."""


TOLD_STATE, TOLD_STEP = "state", "step"
"""How listeners of a job are told: that its state is another one now, or only a step's."""


class TimelineRow(ReadModelRow, table=True):
    """Every event that was ever judged, where it lies in the log, and the verdict on it (accepted: no reason).

    `job_id` is the job that it opened, closed or was about; `about` the little of its body that a reader of the
    timeline needs. When it was accepted, `told` is how listeners of the job are told, and `job` the job as the event
    left it: a JobRow, and the song's duration as far as it was known then.
    """

    __tablename__ = "timeline"

    aggregate_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    topic: str
    partition: int
    offset: int = Field(sa_type=BigInteger)
    job_id: str | None
    type: str
    time: datetime = Field(sa_type=TIME)
    about: dict[str, Any] = Field(sa_type=JSONB)
    reason: str | None
    detail: str | None
    told: str | None
    job: dict[str, Any] | None = Field(sa_type=JSONB)
    duration_ms: int | None = Field(sa_type=BigInteger)


def timeline_of(change: Change) -> TimelineRow:
    """The job is there as the event left it, so that whoever listens may be told of each event at any later time."""
    job_id = _job_id(change)
    job = _job_of(change.after, job_id) if change.verdict.accepted else None
    before = _job_of(change.before, job_id)
    is_news = job is not None and (before is None or before.state is not job.state)
    return TimelineRow.model_construct(
        aggregate_id=change.event.meta.subject,
        event_id=change.event.meta.id,
        topic=change.position.partition.topic,
        partition=change.position.partition.number,
        offset=change.position.offset,
        job_id=job_id,
        type=change.event.type,
        time=change.event.meta.time,
        about=change.event.model_dump(mode="json", by_alias=True, include=ABOUT, exclude_none=True),
        reason=change.verdict.reason,
        detail=change.verdict.detail,
        told=None if job is None else TOLD_STATE if is_news else TOLD_STEP,
        job=None if job is None else job_row(change.after, job).model_dump(mode="json"),
        duration_ms=None if job is None else change.after.duration_ms,
    )


def _job_id(change: Change) -> str | None:
    """The job that the event opens, closes, or is about."""
    match change.event:
        case TrackImported() | LyricsUpdated() | TrackReprocessRequested() | JobEvent():
            return change.event.job_id
        case TrackDeleted():
            open_job = change.before.job
            return open_job.id if open_job is not None and open_job.is_open else None
        case _:
            return None


def _job_of(state: object, job_id: str | None) -> Job | None:
    jobs = state.jobs if isinstance(state, Track) else ()
    return next((job for job in jobs if job.id == job_id), None)


def rows_of(change: Change) -> Iterator[SQLModel]:
    yield timeline_of(change)


MODEL = Model({TimelineRow: ("aggregate_id",)}, of_change=rows_of)
