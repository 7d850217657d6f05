"""Events that a client causes on a track."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Artefact, Event, Frozen


class TrackEvent(Event):
    """Keyed by the track's id, so that each track has one total order."""

    TOPIC: ClassVar[str] = topics.TRACKS


class Source(Frozen):
    """What a track copies from its asset, so that no fold crosses topics."""

    asset_id: str
    key: str
    filename: str
    size_bytes: int
    sha256: str | None = None


class TrackImported(TrackEvent):
    TYPE = "track.imported"

    job_id: str
    source: Source
    steps: tuple[str, ...]
    lyrics: Artefact | None = None
    language: str | None = None
    title: str | None = None
    artist: str | None = None
    callback_url: str | None = None
    priority: int = 0
    quality: str | None = None


class LyricsUpdated(TrackEvent):
    """New lyrics; with steps it opens a job as well."""

    TYPE = "lyrics.updated"

    based_on: int
    lyrics: Artefact
    lines_changed: int
    changed_line_ids: tuple[str, ...] = ()
    job_id: str | None = None
    steps: tuple[str, ...] = ()


class TrackReprocessRequested(TrackEvent):
    TYPE = "track.reprocess_requested"

    job_id: str
    steps: tuple[str, ...]


class TrackDetailsChanged(TrackEvent):
    """The fields that were named, with their new values; those left out stay as they were."""

    TYPE = "track.details_changed"

    changed: tuple[str, ...]
    title: str | None = None
    artist: str | None = None
    callback_url: str | None = None


class TrackDeleted(TrackEvent):
    TYPE = "track.deleted"
