"""Writes an asset's events for tests."""

from datetime import timedelta
from typing import Literal

from aik_events.catalogue import AssetRemoved, AssetUploadAborted, AssetUploaded, AssetUploadStarted
from aik_events.testing.minting import BEGIN, Minter


class AssetAuthor:
    """Mints the events of one asset, one second apart."""

    def __init__(self, asset: str = "ast_1", *, client: str = "client-1", traceparent: str | None = None) -> None:
        self.asset = asset
        self._minter = Minter(asset, client=client, traceparent=traceparent)

    def upload_started(self) -> AssetUploadStarted:
        return AssetUploadStarted(
            meta=self._minter.meta(),
            filename="song.flac",
            size_bytes=5_000_000,
            content_type="audio/flac",
            key=f"assets/{self.asset}/song.flac",
            multipart_id="multipart-1",
            part_size=8_388_608,
            expires_at=BEGIN + timedelta(hours=24),
        )

    def uploaded(self) -> AssetUploaded:
        return AssetUploaded(meta=self._minter.meta(), size_bytes=5_000_000, etag="etag-1")

    def aborted(self, reason: Literal["aborted", "expired"] = "aborted") -> AssetUploadAborted:
        return AssetUploadAborted(meta=self._minter.meta(), reason=reason)

    def removed(self) -> AssetRemoved:
        return AssetRemoved(meta=self._minter.meta())
