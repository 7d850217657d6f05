"""Presigned URLs: the one place where an address in the object store is given away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aik_service.objects.s3 import client
from aik_service.settings import ObjectSettings


@dataclass(frozen=True)
class Signed:
    url: str
    expires_at: datetime


class Presigner:
    """Signs in this process, without asking the store; only the host is signed, so every other header may be sent."""

    def __init__(self, settings: ObjectSettings) -> None:
        self._minio = client(settings)
        self._bucket = settings.s3_bucket

    def part(self, key: str, multipart_id: str, number: int, ttl_s: int) -> Signed:
        query = {"partNumber": str(number), "uploadId": multipart_id}
        return self._signed("PUT", key, ttl_s, query)

    def download(self, key: str, ttl_s: int, *, save_as: str | None = None) -> Signed:
        """With `save_as` a browser saves the file under that name instead of playing it."""
        if save_as is None:
            return self._signed("GET", key, ttl_s, {})
        disposition = f"attachment; filename*=UTF-8''{quote(save_as, safe='')}"
        return self._signed("GET", key, ttl_s, {"response-content-disposition": disposition})

    def call(self, method: str, key: str, query: Mapping[str, str]) -> str:
        """For a request that this process makes at once."""
        return self._signed(method, key, 60, query).url

    def _signed(self, method: str, key: str, ttl_s: int, query: Mapping[str, str]) -> Signed:
        now = datetime.now(UTC)
        url = self._minio.get_presigned_url(
            method, self._bucket, key, timedelta(seconds=ttl_s), request_date=now, extra_query_params=dict(query)
        )
        return Signed(url, now + timedelta(seconds=ttl_s))
