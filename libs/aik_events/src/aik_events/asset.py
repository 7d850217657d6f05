"""The state of an asset, and its fold: started → uploaded or aborted, the first stands; uploaded → removed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from aik_events.catalogue import AssetRemoved, AssetUploadAborted, AssetUploaded, AssetUploadStarted, Event
from aik_events.event import Frozen
from aik_events.verdict import ACCEPTED, Verdict, rejected


class AssetState(StrEnum):
    UNKNOWN = "unknown"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    ABORTED = "aborted"
    EXPIRED = "expired"
    REMOVED = "removed"


class Asset(Frozen):
    id: str
    state: AssetState = AssetState.UNKNOWN
    client_id: str = ""
    filename: str = ""
    content_type: str | None = None
    size_bytes: int = 0
    sha256: str | None = None
    key: str = ""
    multipart_id: str = ""
    part_size: int = 0
    created_at: datetime | None = None
    expires_at: datetime | None = None
    verdicts: Mapping[str, Verdict] = {}


def evolve_asset(asset: Asset, event: Event) -> tuple[Asset, Verdict]:
    """The asset after this event, and the verdict on it; total, like the fold of a track."""
    known = asset.verdicts.get(event.meta.id)
    if known is not None:
        return asset, known.model_copy(update={"repeat": True})
    decided, verdict = _decide(asset, event)
    return decided.model_copy(update={"verdicts": {**asset.verdicts, event.meta.id: verdict}}), verdict


def _decide(asset: Asset, event: Event) -> tuple[Asset, Verdict]:
    match event, asset.state:
        case AssetUploadStarted(), AssetState.UNKNOWN:
            return _started(asset, event), ACCEPTED
        case AssetUploadStarted(), _:
            return asset, rejected("exists")
        case _, AssetState.UNKNOWN:
            return asset, rejected("unknown-asset")
        case AssetUploaded(), AssetState.UPLOADING:
            return asset.model_copy(update={"state": AssetState.UPLOADED, "size_bytes": event.size_bytes}), ACCEPTED
        case AssetUploadAborted(), AssetState.UPLOADING:
            return asset.model_copy(update={"state": AssetState(event.reason)}), ACCEPTED
        case AssetRemoved(), AssetState.UPLOADED:
            return asset.model_copy(update={"state": AssetState.REMOVED}), ACCEPTED
        case _:
            return asset, rejected(f"asset-{asset.state}")


def _started(asset: Asset, event: AssetUploadStarted) -> Asset:
    return Asset(
        id=asset.id,
        state=AssetState.UPLOADING,
        client_id=event.meta.client_id,
        filename=event.filename,
        content_type=event.content_type,
        size_bytes=event.size_bytes,
        sha256=event.sha256,
        key=event.key,
        multipart_id=event.multipart_id,
        part_size=event.part_size,
        created_at=event.meta.time,
        expires_at=event.expires_at,
    )
