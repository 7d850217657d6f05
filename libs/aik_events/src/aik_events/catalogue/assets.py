"""Events of an asset: the uploaded file that tracks are made from."""

from datetime import datetime
from typing import ClassVar, Literal

from aik_events import topics
from aik_events.event import Event


class AssetEvent(Event):
    TOPIC: ClassVar[str] = topics.ASSETS
    SAID_BY: ClassVar[tuple[str, ...]] = ("gateway",)


class AssetUploadStarted(AssetEvent):
    """A client began an upload, and the object store has a multipart upload for it."""

    TYPE = "asset.upload_started"

    filename: str
    """As the client calls the file."""
    size_bytes: int
    """Bytes that the client will send."""
    content_type: str | None = None
    """The media type that the client named."""
    sha256: str | None = None
    """Of the file, in hex, if the client gave it; the separator checks it."""
    key: str
    """Where the file will lie in the bucket."""
    multipart_id: str
    """The object store's id of the multipart upload."""
    part_size: int
    """Bytes of every part but the last."""
    expires_at: datetime
    """When an upload that is not completed is over."""


class AssetUploaded(AssetEvent):
    """The object is there, whole: tracks can be made from it."""

    TYPE = "asset.uploaded"

    size_bytes: int
    """Bytes of the object."""
    etag: str
    """The object store's ETag of the object."""


class AssetUploadAborted(AssetEvent):
    """The upload is over without an asset."""

    TYPE = "asset.upload_aborted"

    reason: Literal["aborted", "expired"]
    """`aborted` by the client, or `expired` since it was not completed in time."""


class AssetRemoved(AssetEvent):
    """No track uses the asset any more, or none ever did: no import takes it from now on, and its object goes."""

    TYPE = "asset.removed"
