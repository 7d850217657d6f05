"""GET /v1/tracks/{id}/assets: the files of a published version."""

from typing import Annotated, Any

from aik_service.file_types import file_type
from fastapi import APIRouter, Header
from fastapi.responses import Response

from aik_gateway.api.caching import cached, is_known, not_modified
from aik_gateway.api.described import problems
from aik_gateway.api.published import published, url_life_s, window_tag
from aik_gateway.api.replies import AssetFile, AssetsBody
from aik_gateway.api.wiring import Caller, ClientId, Parts, VersionNumber
from aik_gateway.presigning import Signed
from aik_gateway.readmodel.models.tracks import TrackRow

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])


@router.get(
    "/{track_id}/assets",
    response_model=AssetsBody,
    responses=problems(
        "unknown-track",
        "deleted",
        "unknown-version",
        "version-not-published",
        "job-failed",
        "job-canceled",
        "not-ready",
    ),
)
async def list_assets(
    track_id: str,
    client: ClientId,
    gateway: Parts,
    caller: Caller,
    version: VersionNumber = None,
    download: bool = False,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """With `download` a browser saves the files under a name that says what they are."""
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        served = await published(reads, track, version, gateway.estimator())
    life_s = url_life_s(track.duration_ms, gateway.settings.url_ttl_s)
    etag = window_tag(track.id, served.number, client, caller, life_s, gateway.clock())
    if is_known(if_none_match, etag):
        return not_modified(etag)
    names = {file["key"]: save_as(track, name) if download else None for name, file in served.files.items()}
    signed = await gateway.presigner.downloads(names, life_s, caller)
    files = [_file(name, file, signed[file["key"]]) for name, file in sorted(served.files.items())]
    return cached(AssetsBody(version=served.number, assets=files), etag)


def save_as(track: TrackRow, name: str) -> str:
    """Artist – title – file, as far as they are known, with nothing in it that a file system refuses."""
    known = " - ".join(part for part in (track.artist, track.title, name) if part)
    return "".join("_" if character in '\\/:*?"<>|' or ord(character) < 32 else character for character in known)


def _file(name: str, file: dict[str, Any], signed: Signed) -> AssetFile:
    type_ = file_type(name)
    return AssetFile(
        kind=type_.kind,
        format=type_.format,
        url=signed.url,
        expires_at=signed.expires_at,
        content_type=file["contentType"],
        size_bytes=file["sizeBytes"],
        sha256=file["sha256"],
    )
