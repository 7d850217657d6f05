"""The catalogue: every event there is, by type and version."""

from aik_events.catalogue.assets import AssetRemoved, AssetUploadAborted, AssetUploaded, AssetUploadStarted
from aik_events.catalogue.jobs import JobCanceled, JobFailed, JobRetried, JobStepFailed, JobStepStarted
from aik_events.catalogue.progress import StepProgressed
from aik_events.catalogue.records import RecordDropped
from aik_events.catalogue.results import (
    StepResult,
    TrackAligned,
    TrackChecked,
    TrackPublished,
    TrackSeparated,
    TrackTranscribed,
    UnfamiliarResult,
)
from aik_events.catalogue.tracks import (
    LyricsUpdated,
    Source,
    TrackDeleted,
    TrackDetailsChanged,
    TrackImported,
    TrackReprocessRequested,
)
from aik_events.catalogue.versions import Catalogue
from aik_events.catalogue.webhooks import (
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.event import Event

EVENTS: tuple[type[Event], ...] = (
    AssetUploadStarted,
    AssetUploaded,
    AssetUploadAborted,
    AssetRemoved,
    TrackImported,
    LyricsUpdated,
    TrackReprocessRequested,
    TrackDetailsChanged,
    TrackDeleted,
    JobCanceled,
    JobRetried,
    JobStepStarted,
    JobStepFailed,
    JobFailed,
    TrackSeparated,
    TrackTranscribed,
    TrackAligned,
    TrackChecked,
    TrackPublished,
    WebhookDelivered,
    WebhookAttemptFailed,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    RecordDropped,
    StepProgressed,
)

CATALOGUE = Catalogue(EVENTS)

__all__ = [
    "CATALOGUE",
    "EVENTS",
    "AssetRemoved",
    "AssetUploadAborted",
    "AssetUploadStarted",
    "AssetUploaded",
    "Catalogue",
    "Event",
    "JobCanceled",
    "JobFailed",
    "JobRetried",
    "JobStepFailed",
    "JobStepStarted",
    "LyricsUpdated",
    "RecordDropped",
    "Source",
    "StepProgressed",
    "StepResult",
    "TrackAligned",
    "TrackChecked",
    "TrackDeleted",
    "TrackDetailsChanged",
    "TrackImported",
    "TrackPublished",
    "TrackReprocessRequested",
    "TrackSeparated",
    "TrackTranscribed",
    "UnfamiliarResult",
    "WebhookAttemptFailed",
    "WebhookDelivered",
    "WebhookEndpointDisabled",
    "WebhookEndpointEnabled",
    "WebhookExhausted",
    "WebhookRedeliveryRequested",
    "WebhookTestRequested",
]
