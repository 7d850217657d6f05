"""What the ways of a step's files to and from the object store take by themselves."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from aik_service.models import sha256_of
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from pydantic import SecretStr


def store_of(environment: Mapping[str, str]) -> S3Objects:
    """The suite's own object store."""
    return S3Objects(
        ObjectSettings(
            s3_endpoint=environment["AIK_S3_ENDPOINT"],
            s3_access_key=environment["AIK_S3_ACCESS_KEY"],
            s3_secret_key=SecretStr(environment["AIK_S3_SECRET_KEY"]),
            s3_bucket=environment["AIK_S3_BUCKET"],
            s3_region=environment["AIK_S3_REGION"],
        )
    )


async def traffic_s(store: S3Objects, downloaded: Iterable[str], uploaded: Iterable[str]) -> float:
    """Seconds to fetch these objects, and to hash and put those, one after the other, as the step did."""
    with TemporaryDirectory() as folder:
        made = [(await _fetched(store, key, Path(folder)), f"bench/{uuid4().hex}") for key in uploaded]
        began = time.perf_counter()
        for key in downloaded:
            await _fetched(store, key, Path(folder))
        for path, key in made:
            sha256_of(path)
            await store.put(key, path, "application/octet-stream")
        seconds = time.perf_counter() - began
        await store.remove([key for _, key in made])
        return seconds


async def _fetched(store: S3Objects, key: str, folder: Path) -> Path:
    path = folder / uuid4().hex
    await store.fetch(key, path)
    return path
