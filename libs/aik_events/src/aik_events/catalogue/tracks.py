"""Events that a client causes on a track."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Artefact, Event, Frozen


class TrackEvent(Event):
    """Keyed by the track's id, so that each track has one total order."""

    TOPIC: ClassVar[str] = topics.TRACKS
    SAID_BY: ClassVar[tuple[str, ...]] = ("gateway",)


class Source(Frozen):
    """What a track copies from its asset, so that no fold crosses topics."""

    asset_id: str
    """The asset."""
    key: str
    """Where the file lies in the bucket."""
    filename: str
    """As the client calls the file."""
    size_bytes: int
    """Bytes."""
    sha256: str | None = None
    """Of the file, in hex, if the client gave it."""


class TrackImported(TrackEvent):
    """A client made a track from an asset: its version 1 and its first job begin."""

    TYPE = "track.imported"

    job_id: str
    """The job that this opens."""
    source: Source
    """The uploaded file."""
    steps: tuple[str, ...]
    """The steps of the job in their order; open strings, since new ones may come."""
    lyrics: Artefact | None = None
    """The lyrics document, if the client gave lyrics; without it they are transcribed."""
    language: str | None = None
    """Of the lyrics, as a BCP 47 tag, if the client named it."""
    title: str | None = None
    """Of the song."""
    artist: str | None = None
    """Who sings it."""
    callback_url: str | None = None
    """Where webhooks about this track are sent."""
    priority: int = 0
    """A higher one goes first among the same client's jobs."""
    quality: str | None = None
    """What the client asked for, as a name."""


class LyricsUpdated(TrackEvent):
    """A client edited the lyrics: a new version is a draft; with steps a job opens as well, for that version."""

    TYPE = "lyrics.updated"

    based_on: int
    """The number of the version that was edited; rejected as `stale` unless it is the newest."""
    lyrics: Artefact
    """The whole new lyrics document."""
    lines_changed: int
    """How many lines are new or changed."""
    changed_line_ids: tuple[str, ...] = ()
    """Ids of the first 100 of them."""
    job_id: str | None = None
    """The job that this opens, if it has steps."""
    steps: tuple[str, ...] = ()
    """The steps of that job in their order."""


class TrackReprocessRequested(TrackEvent):
    """A client wants these steps done again, with the newest lyrics: a job opens."""

    TYPE = "track.reprocess_requested"

    job_id: str
    """The job that this opens."""
    steps: tuple[str, ...]
    """The steps of the job in their order."""


class TrackDetailsChanged(TrackEvent):
    """A client changed fields of a track: those that were named have new values, the others stay as they were."""

    TYPE = "track.details_changed"

    changed: tuple[str, ...]
    """Which of the fields below were named: `title`, `artist`, `callback_url`."""
    title: str | None = None
    """The new title; null removes it."""
    artist: str | None = None
    """The new artist; null removes it."""
    callback_url: str | None = None
    """The new URL for webhooks; null removes it."""


class TrackDeleted(TrackEvent):
    """A client deleted the track: its open job is canceled, its deliveries are withdrawn, its objects go."""

    TYPE = "track.deleted"
