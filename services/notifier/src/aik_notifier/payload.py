"""What a webhook says: the message that follows from an accepted event and the track as that event left it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aik_events.catalogue import JobFailed, LyricsUpdated, TrackPublished
from aik_events.event import Event, Qc
from aik_events.ids import derived
from aik_events.track import Job, Track, Version
from aik_service.tracing import trace_id_of

MAX_LINE_IDS = 100


class Kind(StrEnum):
    TRACK_READY = "track.ready"
    JOB_FAILED = "job.failed"
    LYRICS_UPDATED = "lyrics.updated"


@dataclass(frozen=True)
class Message:
    """One delivery; `body` is the very text that is signed and sent, the same on every try."""

    id: str
    kind: str
    event_id: str
    track_id: str
    client_id: str
    url: str
    time: datetime
    traceparent: str | None
    body: str


def message_of(event: Event, track: Track, public_url: str) -> Message | None:
    """The message that an accepted event asks for; None when there is none, or nobody to send it to.

    `track` is the state right after the event, so that the same log gives the same message always.
    """
    told = _told(event, track, public_url)
    if told is None or track.callback_url is None:
        return None
    kind, data = told
    body = {"type": kind.value, "timestamp": _rfc3339(event.meta.time), "data": data}
    return Message(
        id=derived(event.meta.id, kind.value),
        kind=kind.value,
        event_id=event.meta.id,
        track_id=track.id,
        client_id=track.client_id,
        url=track.callback_url,
        time=event.meta.time,
        traceparent=event.meta.traceparent,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )


def _told(event: Event, track: Track, public_url: str) -> tuple[Kind, Mapping[str, Any]] | None:
    here = f"{public_url}/v1/tracks/{track.id}"
    match event:
        case TrackPublished():
            job = _job(track, event.job_id)
            return Kind.TRACK_READY, {**_about(event, track, job.id, job.version), **_ready(track, job, here)}
        case JobFailed():
            job = _job(track, event.job_id)
            return Kind.JOB_FAILED, {**_about(event, track, job.id, job.version), **_failed(job, public_url)}
        case LyricsUpdated():
            job_id = event.job_id if event.steps else None
            number = track.newest.number
            return Kind.LYRICS_UPDATED, {**_about(event, track, job_id, number), **_updated(event, number, here)}
        case _:
            return None


def _about(event: Event, track: Track, job_id: str | None, version: int) -> dict[str, Any]:
    return {
        "clientId": track.client_id,
        "trackId": track.id,
        "jobId": job_id,
        "version": version,
        "traceId": trace_id_of(event.meta.traceparent),
    }


def _ready(track: Track, job: Job, here: str) -> dict[str, Any]:
    return {
        "title": track.title,
        "artist": track.artist,
        "language": track.language,
        "durationMs": track.duration_ms,
        "qc": _qc(_version(track, job).qc),
        "readyUrl": f"{here}/ready?version={job.version}",
    }


def _qc(qc: Qc | None) -> dict[str, Any] | None:
    return None if qc is None else {"verdict": qc.verdict, "score": qc.score, "codes": list(qc.codes)}


def _failed(job: Job, public_url: str) -> dict[str, Any]:
    failure = job.failure.model_dump(mode="json", by_alias=True) if job.failure else None
    return {"failure": failure, "jobUrl": f"{public_url}/v1/jobs/{job.id}"}


def _updated(event: LyricsUpdated, number: int, here: str) -> dict[str, Any]:
    return {
        "previousVersion": event.based_on,
        "linesChanged": event.lines_changed,
        "changedLineIds": list(event.changed_line_ids[:MAX_LINE_IDS]),
        "lyricsUrl": f"{here}/lyrics?version={number}",
    }


def _job(track: Track, job_id: str) -> Job:
    return next(job for job in track.jobs if job.id == job_id)


def _version(track: Track, job: Job) -> Version:
    return next(version for version in track.versions if version.number == job.version)


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
