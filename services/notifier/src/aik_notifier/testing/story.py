"""A song with a callback, told in events as the gateway and the steps tell them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aik_events.catalogue import (
    JobFailed,
    JobRetried,
    LyricsUpdated,
    Source,
    TrackAligned,
    TrackChecked,
    TrackDeleted,
    TrackImported,
    TrackPublished,
    TrackSeparated,
)
from aik_events.event import Artefact, Event, Meta, Qc
from aik_events.fold import evolve
from aik_events.ids import derived
from aik_events.pipeline import steps_at_import
from aik_events.track import Track

DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
QC = Qc(verdict="warn", score=0.8, codes=("loudness-differs",))


def artefact(name: str) -> Artefact:
    return Artefact(key=name, sha256="aa", size_bytes=1, content_type="audio/flac")


@dataclass(frozen=True)
class Song:
    """Each event's id follows from its name, its time from its place in the story."""

    track_id: str = "trk_1"
    client_id: str = "cli"
    url: str | None = "https://hooks.example.com/aik"

    @property
    def job_id(self) -> str:
        return f"job_{self.track_id}"

    def imported(self) -> Event:
        return TrackImported(
            meta=self.meta("imported", 0),
            job_id=self.job_id,
            source=Source(asset_id="ast_1", key="source", filename="song.mp3", size_bytes=1),
            steps=steps_at_import(has_lyrics=True),
            lyrics=artefact("lyrics"),
            language="en",
            title="Slow Motion Dream",
            artist="Steven M Bryant",
            callback_url=self.url,
        )

    def steps(self) -> list[Event]:
        """The results up to the check."""
        stems = {kind: artefact(kind) for kind in ("vocals", "accompaniment")}
        at: dict[str, Any] = {"job_id": self.job_id, "run": 0, "attempt": 1}
        return [
            TrackSeparated(meta=self.meta("separated", 1), **at, step="separate", artefacts=stems, duration_ms=214_000),
            TrackAligned(
                meta=self.meta("aligned", 2),
                **at,
                step="align",
                artefacts={"karaoke": artefact("karaoke")},
                coverage=1.0,
            ),
            TrackChecked(meta=self.meta("checked", 3), **at, step="check", artefacts={"qc": artefact("qc")}, qc=QC),
        ]

    def published(self) -> Event:
        return TrackPublished(
            meta=self.meta("published", 4),
            job_id=self.job_id,
            run=0,
            step="publish",
            attempt=1,
            artefacts={"minus.flac": artefact("minus.flac")},
            version=1,
        )

    def failed(self, run: int = 0) -> Event:
        return JobFailed(
            meta=self.meta(f"failed {run}", 5 + 2 * run),
            job_id=self.job_id,
            run=run,
            step="separate",
            attempt=3,
            code="engine-failed",
            detail="The engine ended.",
            retryable=True,
        )

    def retried(self) -> Event:
        return JobRetried(meta=self.meta("retried", 6), job_id=self.job_id)

    def edited(self, lines: int = 2) -> Event:
        ids = tuple(f"line {n}" for n in range(lines))
        return LyricsUpdated(
            meta=self.meta("edited", 7),
            based_on=1,
            lyrics=artefact("lyrics 2"),
            lines_changed=lines,
            changed_line_ids=ids,
        )

    def deleted(self) -> Event:
        return TrackDeleted(meta=self.meta("deleted", 9))

    def to_published(self) -> list[Event]:
        return [self.imported(), *self.steps(), self.published()]

    def meta(self, name: str, minute: int) -> Meta:
        return Meta(
            id=derived(self.track_id, name),
            subject=self.track_id,
            time=DAY + timedelta(minutes=minute),
            source="aik/test",
            client_id=self.client_id,
            traceparent=TRACEPARENT,
        )

    def folded(self, *events: Event) -> Track:
        """The track after these events, every one of which is accepted."""
        track = Track(id=self.track_id)
        for event in events:
            track, verdict = evolve(track, event)
            if not verdict.accepted:
                raise AssertionError(f"{event.type} is rejected: {verdict.reason}")
        return track
