"""The object store on S3, by minio's client."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from aik_service.objects.port import ObjectMissing, ObjectsUnavailable
from aik_service.settings import ObjectSettings

T = TypeVar("T")
CONNECTIONS = 10
TIMEOUT = urllib3.Timeout(connect=3, read=30)
CHECK_TIMEOUT = urllib3.Timeout(connect=1, read=1)
"""A check is asked for again and again: while the store hangs, they must not take all threads."""


def client(settings: ObjectSettings, *, timeout: urllib3.Timeout = TIMEOUT, retries: int = 2) -> Minio:
    url = urlsplit(settings.s3_endpoint)
    return Minio(
        url.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=url.scheme == "https",
        region=settings.s3_region,
        http_client=urllib3.PoolManager(
            timeout=timeout,
            maxsize=CONNECTIONS,
            retries=urllib3.Retry(retries, backoff_factor=0.2),
            ssl_context=settings.s3_tls(),
        ),
    )


class S3Objects:
    """minio's client blocks, so each call runs in a thread."""

    def __init__(self, settings: ObjectSettings) -> None:
        self._minio = client(settings)
        self._checked = client(settings, timeout=CHECK_TIMEOUT, retries=0)
        self._bucket = settings.s3_bucket
        # Threads of their own: a store that hangs must not take those that look up names for everybody else.
        self._threads = ThreadPoolExecutor(max_workers=CONNECTIONS, thread_name_prefix="s3")
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False, ssl_context=settings.s3_tls())

    async def put(self, key: str, content: bytes | Path, content_type: str) -> None:
        if isinstance(content, Path):
            path = str(content)
            await self._call(key, lambda: self._minio.fput_object(self._bucket, key, path, content_type))
        else:
            body = content
            await self._call(
                key, lambda: self._minio.put_object(self._bucket, key, BytesIO(body), len(body), content_type)
            )

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        def create() -> bool:
            if isinstance(content, bytes):
                return self._create(key, content, len(content), content_type)
            with content.open("rb") as file:
                return self._create(key, file, content.stat().st_size, content_type)

        return await self._call(key, create)

    def _create(self, key: str, content: bytes | IO[bytes], size: int, content_type: str) -> bool:
        # minio's put_object can't send If-None-Match; a presigned URL signs the host alone, so the header may go along.
        url = self._minio.get_presigned_url("PUT", self._bucket, key, expires=timedelta(minutes=1))
        headers = {"If-None-Match": "*", "Content-Type": content_type, "Content-Length": str(size)}
        answer = self._http.request("PUT", url, body=content, headers=headers)
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            return False
        if answer.status != HTTPStatus.OK:
            raise ObjectsUnavailable(f"PUT {key}: {answer.status} {answer.data[:200]!r}")
        return True

    async def read(self, key: str) -> bytes:
        def whole() -> bytes:
            with self._minio.get_object(self._bucket, key) as answer:
                return bytes(answer.data)

        return await self._call(key, whole)

    async def fetch(self, key: str, target: Path) -> None:
        await self._call(key, lambda: self._minio.fget_object(self._bucket, key, str(target)))

    async def size(self, key: str) -> int:
        return await self._call(key, lambda: int(self._minio.stat_object(self._bucket, key).size or 0))

    async def keys(self, prefix: str) -> list[str]:
        return await self._call(prefix, lambda: list(self._listed(prefix)))

    async def keys_after(self, prefix: str, after: str, limit: int) -> list[str]:
        return await self._call(prefix, lambda: list(islice(self._listed(prefix, after), limit)))

    def _listed(self, prefix: str, after: str | None = None) -> Iterator[str]:
        found = self._minio.list_objects(self._bucket, prefix, recursive=True, start_after=after or None)
        return (object.object_name for object in found if object.object_name)

    async def remove(self, keys: Sequence[str]) -> None:
        def remove() -> None:
            refused = list(self._minio.remove_objects(self._bucket, map(DeleteObject, keys)))
            if refused:
                raise ObjectsUnavailable(f"{len(refused)} objects can't be removed: {refused[0].message}")

        await self._call(", ".join(keys[:3]), remove)

    async def check(self) -> None:
        if not await self._call(self._bucket, lambda: self._checked.bucket_exists(self._bucket)):
            raise ObjectsUnavailable(f"there is no bucket {self._bucket}")

    async def _call(self, key: str, blocking: Callable[[], T]) -> T:
        with _our_errors(key):
            return await asyncio.get_running_loop().run_in_executor(self._threads, blocking)


@contextmanager
def _our_errors(key: str) -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code == "NoSuchKey":
            raise ObjectMissing(key) from error
        raise ObjectsUnavailable(f"{key}: {error}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise ObjectsUnavailable(f"{key}: {error}") from error
