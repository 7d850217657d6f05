"""Events of an asset: the uploaded file that tracks are made from."""

from datetime import datetime
from typing import ClassVar, Literal

from aik_events import topics
from aik_events.event import Event


class AssetEvent(Event):
    TOPIC: ClassVar[str] = topics.ASSETS


class AssetUploadStarted(AssetEvent):
    TYPE = "asset.upload_started"

    filename: str
    size_bytes: int
    content_type: str | None = None
    sha256: str | None = None
    key: str
    multipart_id: str
    part_size: int
    expires_at: datetime


class AssetUploaded(AssetEvent):
    TYPE = "asset.uploaded"

    size_bytes: int
    etag: str


class AssetUploadAborted(AssetEvent):
    TYPE = "asset.upload_aborted"

    reason: Literal["aborted", "expired"]


class AssetRemoved(AssetEvent):
    TYPE = "asset.removed"
