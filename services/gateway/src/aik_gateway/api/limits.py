"""GET /v1/limits: how much a client may send and ask for, and how long what it is given lasts."""

from aik_lyrics.text import MAX_BYTES, MAX_LINES
from fastapi import APIRouter
from pydantic import Field

from aik_gateway.api.bodies import MOST_URLS
from aik_gateway.api.middleware import MAX_BODY
from aik_gateway.api.pages import MOST_ITEMS
from aik_gateway.api.replies import Body
from aik_gateway.api.wiring import ClientId, Parts
from aik_gateway.parts import MAX_PART, MAX_PARTS, MIN_PART
from aik_gateway.private.rate_limits import WINDOW_S

router = APIRouter(prefix="/v1/limits", tags=["limits"])


class BodyLimits(Body):
    max_bytes: int


class LyricsLimits(Body):
    max_bytes: int
    max_lines: int


class UploadLimits(Body):
    max_bytes: int
    lifetime_ms: int = Field(description="it must be completed within this time")


class PartLimits(Body):
    min_bytes: int = Field(description="of every part but the last")
    max_bytes: int
    max_parts: int
    max_urls: int = Field(description="in one request")
    url_lifetime_ms: int


class DownloadLimits(Body):
    url_lifetime_ms: int = Field(description="at least; of a longer song its duration and 5 minutes more")


class ListLimits(Body):
    max_items: int


class RateLimit(Body):
    max_requests: int
    window_ms: int


class LimitsBody(Body):
    """`rate` is null when requests are not counted."""

    body: BodyLimits
    lyrics: LyricsLimits
    upload: UploadLimits
    part: PartLimits
    download: DownloadLimits
    list: ListLimits
    rate: RateLimit | None


@router.get("")
async def get_limits(client: ClientId, gateway: Parts) -> LimitsBody:
    """The same for every client; the rate is each client's own."""
    settings, quota = gateway.settings, gateway.rate_limits.quota
    return LimitsBody(
        body=BodyLimits(max_bytes=MAX_BODY),
        lyrics=LyricsLimits(max_bytes=MAX_BYTES, max_lines=MAX_LINES),
        upload=UploadLimits(max_bytes=settings.max_upload_bytes, lifetime_ms=settings.upload_ttl_s * 1000),
        part=PartLimits(
            min_bytes=MIN_PART,
            max_bytes=MAX_PART,
            max_parts=MAX_PARTS,
            max_urls=MOST_URLS,
            url_lifetime_ms=settings.part_url_ttl_s * 1000,
        ),
        download=DownloadLimits(url_lifetime_ms=settings.url_ttl_s * 1000),
        list=ListLimits(max_items=MOST_ITEMS),
        rate=RateLimit(max_requests=quota, window_ms=WINDOW_S * 1000) if quota else None,
    )
