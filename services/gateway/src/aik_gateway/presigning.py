"""Presigned URLs: the one place where an address in the object store is given away."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import quote, urlencode, urlsplit

from aik_service.network import Network
from aik_service.objects.s3 import client
from aik_service.settings import ObjectSettings
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4

from aik_gateway.metrics import PRESIGNED

Action = Literal["s3:PutObject", "s3:GetObject"]
FILES_TO_A_GRANT = 6
"""STS takes a policy of 2,048 characters, which must name each of them."""


@dataclass(frozen=True)
class Signed:
    url: str
    expires_at: datetime


class Signer:
    """Signs in this process, without asking the store; only the host is signed, so every other header may be sent."""

    def __init__(self, minio: Minio, bucket: str) -> None:
        self._minio = minio
        self._bucket = bucket

    def signed(self, method: str, key: str, ttl_s: int, query: Mapping[str, str]) -> Signed:
        now = datetime.now(UTC)
        url = self._minio.get_presigned_url(
            method, self._bucket, key, timedelta(seconds=ttl_s), request_date=now, extra_query_params=dict(query)
        )
        return Signed(url, now + timedelta(seconds=ttl_s))


class OwnSigner(Signer):
    """Signs with the gateway's own keys: whatever it is asked to, for everybody."""

    def __init__(self, settings: ObjectSettings) -> None:
        super().__init__(client(settings), settings.s3_bucket)
        self._settings = settings

    def of_bucket(self, method: str, ttl_s: int, query: Mapping[str, str]) -> str:
        """The URL of a request about the bucket as a whole, for which minio's client has no public call."""
        store = self._settings
        url = presign_v4(
            method=method,
            url=urlsplit(f"{store.s3_endpoint.rstrip('/')}/{store.s3_bucket}?{urlencode(query, quote_via=quote)}"),
            region=store.s3_region,
            credentials=Credentials(store.s3_access_key, store.s3_secret_key.get_secret_value()),
            date=datetime.now(UTC),
            expires=ttl_s,
        )
        return url.geturl()


class Grants(Protocol):
    """Signers for one caller."""

    async def signer(self, action: Action, keys: Sequence[str], caller: Network, ttl_s: int) -> Signer:
        """What it signs serves for `ttl_s` at least, if it is this action on one of these keys.

        Raises ObjectsUnavailable when the store gives none.
        """


class Unbound:
    """One signer for everybody: a URL serves whoever has it."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def signer(self, action: Action, keys: Sequence[str], caller: Network, ttl_s: int) -> Signer:
        return self._signer


class Presigner:
    """URLs for one caller; those of one call need one grant, or one for so many files."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    async def parts(
        self, key: str, multipart_id: str, numbers: Iterable[int], ttl_s: int, caller: Network
    ) -> list[tuple[int, Signed]]:
        """Each for its own part alone, in the order of the numbers."""
        signer = await self._grants.signer("s3:PutObject", [key], caller, ttl_s)

        def signed(number: int) -> Signed:
            return signer.signed("PUT", key, ttl_s, {"partNumber": str(number), "uploadId": multipart_id})

        urls = [(number, signed(number)) for number in numbers]
        PRESIGNED.labels("upload").inc(len(urls))
        return urls

    async def downloads(self, names: Mapping[str, str | None], ttl_s: int, caller: Network) -> Mapping[str, Signed]:
        """By key. Where a name is given, a browser saves the file under it instead of playing it."""
        keys = list(names)
        groups = [keys[start : start + FILES_TO_A_GRANT] for start in range(0, len(keys), FILES_TO_A_GRANT)]
        grants = (self._grants.signer("s3:GetObject", group, caller, ttl_s) for group in groups)
        signers = zip(await asyncio.gather(*grants), groups, strict=True)
        PRESIGNED.labels("download").inc(len(keys))
        return {
            key: signer.signed("GET", key, ttl_s, _saved_as(names[key])) for signer, group in signers for key in group
        }


def _saved_as(name: str | None) -> Mapping[str, str]:
    if name is None:
        return {}
    return {"response-content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
