"""What webhooks say: the message that follows from an accepted event, and from the track as that event left it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aik_events.catalogue import JobFailed, LyricsUpdated, TrackPublished, WebhookTestRequested
from aik_events.event import Event, Qc
from aik_events.ids import derived
from aik_events.track import Job, Track, Version

MAX_LINE_IDS = 100
ADDRESSES = frozenset({"readyUrl", "jobUrl", "lyricsUrl"})
"""The members of `data` that are paths here."""


class Kind(StrEnum):
    TRACK_READY = "track.ready"
    JOB_FAILED = "job.failed"
    LYRICS_UPDATED = "lyrics.updated"
    TEST = "webhook.test"


@dataclass(frozen=True)
class Message:
    """One delivery; `id` is the `webhook-id`. `data` has paths where clients are sent addresses."""

    id: str
    kind: str
    event_id: str
    track_id: str | None
    client_id: str
    url: str
    time: datetime
    traceparent: str | None
    data: Mapping[str, Any]

    def body(self, public_url: str) -> str:
        """The very text that is signed and sent, the same on every try."""
        return body_of(self.kind, self.time, self.data, public_url)


def body_of(kind: str, time: datetime, data: Mapping[str, Any], public_url: str) -> str:
    """`public_url` is where clients reach the gateway."""
    addressed = {name: public_url + value if name in ADDRESSES else value for name, value in data.items()}
    body = {"type": kind, "timestamp": _rfc3339(time), "data": addressed}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def message_of(event: Event, track: Track) -> Message | None:
    """The message that an accepted event asks for; None when there is none, or nobody to send it to.

    `track` is the state right after the event, so that the same log gives the same message always.
    """
    told = _told(event, track)
    if told is None or track.callback_url is None:
        return None
    kind, data = told
    return _message(event, kind, data, client_id=track.client_id, url=track.callback_url, track_id=track.id)


def message_of_test(event: WebhookTestRequested) -> Message:
    """Asked for by hand, about no track."""
    data = {
        "clientId": event.meta.client_id,
        "trackId": None,
        "jobId": None,
        "version": None,
        "traceId": _trace_id(event.meta.traceparent),
    }
    return _message(event, Kind.TEST, data, client_id=event.meta.client_id, url=event.url, track_id=None)


def _message(
    event: Event, kind: Kind, data: Mapping[str, Any], *, client_id: str, url: str, track_id: str | None
) -> Message:
    return Message(
        id=derived(event.meta.id, kind.value),
        kind=kind.value,
        event_id=event.meta.id,
        track_id=track_id,
        client_id=client_id,
        url=url,
        time=event.meta.time,
        traceparent=event.meta.traceparent,
        data=data,
    )


def _told(event: Event, track: Track) -> tuple[Kind, Mapping[str, Any]] | None:
    here = f"/v1/tracks/{track.id}"
    match event:
        case TrackPublished():
            job = _job(track, event.job_id)
            return Kind.TRACK_READY, {**_about(event, track, job.id, job.version), **_ready(track, job, here)}
        case JobFailed():
            job = _job(track, event.job_id)
            return Kind.JOB_FAILED, {**_about(event, track, job.id, job.version), **_failed(job)}
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
        "traceId": _trace_id(event.meta.traceparent),
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


def _failed(job: Job) -> dict[str, Any]:
    failure = job.failure.model_dump(mode="json", by_alias=True) if job.failure else None
    return {"failure": failure, "jobUrl": f"/v1/jobs/{job.id}"}


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


def _trace_id(traceparent: str | None) -> str | None:
    return traceparent.split("-")[1] if traceparent else None
