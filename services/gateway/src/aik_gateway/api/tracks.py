"""Tracks: what there is, what is ready, and doing steps again."""

from typing import Annotated

from aik_events.catalogue import TrackReprocessRequested
from aik_events.ids import new_id
from aik_events.pipeline import steps_following
from aik_lyrics import Karaoke
from fastapi import APIRouter, Header
from fastapi.responses import Response

from aik_gateway.api.answers import UNAVAILABLE, late
from aik_gateway.api.bodies import ReprocessRequest
from aik_gateway.api.caching import cached, is_known, not_modified
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.published import published, url_life_s, window_tag
from aik_gateway.api.replies import ReadyBody, ReprocessBody, TrackBody, VersionsBody
from aik_gateway.api.views import track_body, version_body
from aik_gateway.api.wiring import Caller, ClientId, Parts, VersionNumber
from aik_gateway.commands import minted

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])

MINUS, KARAOKE = "minus.m4a", "karaoke.json"


@router.get("/{track_id}", responses=problems("unknown-track", "deleted"))
async def get_track(track_id: str, client: ClientId, gateway: Parts) -> TrackBody:
    """The track, with its newest job."""
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        return track_body(track, await reads.job(track.job_id), gateway.estimator())


@router.get("/{track_id}/versions", responses=problems("unknown-track", "deleted"))
async def list_versions(track_id: str, client: ClientId, gateway: Parts) -> VersionsBody:
    """All versions, the newest first."""
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        return VersionsBody(items=[version_body(version) for version in await reads.versions(track)])


@router.get(
    "/{track_id}/ready",
    response_model=ReadyBody,
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
async def get_ready(
    track_id: str,
    client: ClientId,
    gateway: Parts,
    caller: Caller,
    version: VersionNumber = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The newest published version, or this one: the minus and karaoke-json."""
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        served = await published(reads, track, version, gateway.estimator())
    life_s = url_life_s(track.duration_ms, gateway.settings.url_ttl_s)
    etag = window_tag(track.id, served.number, client, caller, life_s, gateway.clock())
    if is_known(if_none_match, etag):
        return not_modified(etag)
    minus = served.files[MINUS]
    signed = (await gateway.presigner.downloads({minus["key"]: None}, life_s, caller))[minus["key"]]
    body = ReadyBody(
        track_id=track.id,
        version=served.number,
        minus_url=signed.url,
        minus_url_expires_at=signed.expires_at,
        minus_content_type=minus["contentType"],
        lyrics=Karaoke.from_json(await gateway.objects.read(served.files[KARAOKE]["key"])),
        qc=served.qc,
    )
    return cached(body, etag)


@router.post(
    "/{track_id}/reprocess",
    status_code=202,
    response_model=ReprocessBody,
    responses=problems("unknown-track", "deleted", "job-running", "artefact-missing") | located(202),
)
async def reprocess_track(
    track_id: str, body: ReprocessRequest, response: Response, client: ClientId, gateway: Parts, once: OnceOnly
) -> object:
    """Does these steps again and those that follow: the newest draft is published, else a new version."""

    async def build() -> TrackReprocessRequested:
        async with gateway.read_model.snapshot(client) as reads:
            track = await reads.track(track_id)
        steps = steps_following(body.steps)
        return TrackReprocessRequested(meta=minted(client, track.id), job_id=new_id("job"), steps=steps)

    event = await once.event(build)
    job_id = event.job_id
    if not await gateway.commands.send(event, jobId=job_id):
        return late(jobId=job_id)
    try:
        async with gateway.read_model.snapshot(client) as reads:
            job = await reads.job(job_id)
    except UNAVAILABLE:
        # The job is open all the same: without its id the client would ask for another one.
        return late(jobId=job_id)
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return ReprocessBody(job_id=job_id, version=job.version)
