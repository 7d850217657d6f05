"""Tracks: what there is, what is ready, changed, deleted, and its steps done again."""

from typing import Annotated

from aik_events.catalogue import TrackDeleted, TrackDetailsChanged, TrackReprocessRequested
from aik_events.ids import new_id
from aik_events.pipeline import steps_following
from aik_events.track import JobState, VersionState
from aik_service.network import Network
from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json

from aik_gateway.api.answers import UNAVAILABLE, late
from aik_gateway.api.bodies import DetailsPatch, ReprocessRequest
from aik_gateway.api.caching import cached, is_known, not_modified
from aik_gateway.api.callbacks import check_callable
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.pages import PAGE, Cursor, Limit
from aik_gateway.api.published import published, url_life_s, window_tag
from aik_gateway.api.replies import ReadyBody, ReprocessBody, TrackBody, TracksBody, VersionsBody
from aik_gateway.api.views import track_body, version_body
from aik_gateway.api.wiring import Caller, ClientId, Gateway, Parts, VersionNumber
from aik_gateway.commands import minted
from aik_gateway.readmodel.lists import Asked
from aik_gateway.readmodel.models.tracks import VersionRow
from aik_gateway.readmodel.paging import place_of

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])

TRACKS = "tracks"
MINUS, KARAOKE = "minus.m4a", "karaoke.json"


@router.get("", responses=problems("cursor-invalid"))
async def list_tracks(
    client: ClientId, gateway: Parts, limit: Limit = PAGE, cursor: Cursor = None, state: JobState | None = None
) -> TracksBody:
    """The newest first; `state` is that of their newest job."""
    asked = Asked(limit, place_of(cursor, TRACKS), state)
    async with gateway.read_model.snapshot(client) as reads:
        page = await reads.tracks(asked)
    estimator = gateway.estimator()
    items = [track_body(track, job, estimator) for track, job in page.items]
    return TracksBody(items=items, next_cursor=page.cursor(TRACKS))


@router.get("/{track_id}", responses=problems("unknown-track", "deleted"))
async def get_track(track_id: str, client: ClientId, gateway: Parts) -> TrackBody:
    """What there is of a track, with its newest job."""
    return await _body(track_id, client, gateway)


@router.patch(
    "/{track_id}",
    response_model=TrackBody,
    responses=problems("unknown-track", "deleted", "callback-url-invalid", "webhook-secret-missing"),
)
async def update_track(
    track_id: str, body: DetailsPatch, client: ClientId, gateway: Parts, once: OnceOnly
) -> TrackBody | JSONResponse:
    """What is left out stays as it is, null clears it; versions that are published stay as they are."""

    async def build() -> TrackDetailsChanged:
        async with gateway.read_model.snapshot(client) as reads:
            track = await reads.track(track_id)
        if body.callback_url is not None:
            await check_callable(gateway, client, body.callback_url)
        fields = body.model_dump(exclude_unset=True)
        return TrackDetailsChanged(meta=minted(client, track.id), changed=tuple(sorted(fields)), **fields)

    event = await once.event(build)
    if not await gateway.commands.send(event, trackId=event.meta.subject):
        return late(trackId=event.meta.subject)
    try:
        return await _body(event.meta.subject, client, gateway)
    except UNAVAILABLE:
        # It has happened all the same.
        return late(trackId=event.meta.subject)


@router.delete("/{track_id}", status_code=204, responses=problems("unknown-track", "deleted"))
async def delete_track(track_id: str, client: ClientId, gateway: Parts, once: OnceOnly) -> Response:
    """It is gone for its client at once and its job is canceled; its objects are removed soon after."""

    async def build() -> TrackDeleted:
        async with gateway.read_model.snapshot(client) as reads:
            track = await reads.track(track_id)
        return TrackDeleted(meta=minted(client, track.id))

    event = await once.event(build)
    if not await gateway.commands.send(event, trackId=event.meta.subject):
        return late(trackId=event.meta.subject)
    return Response(status_code=204)


@router.get("/{track_id}/versions", responses=problems("unknown-track", "deleted", "cursor-invalid"))
async def list_versions(
    track_id: str,
    client: ClientId,
    gateway: Parts,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    state: VersionState | None = None,
) -> VersionsBody:
    """The newest first, drafts included."""
    name = f"versions of {track_id}"
    asked = Asked(limit, place_of(cursor, name), state)
    async with gateway.read_model.snapshot(client) as reads:
        page = await reads.versions(await reads.track(track_id), asked)
    return VersionsBody(items=[version_body(version) for version in page.items], next_cursor=page.cursor(name))


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
        life_s = url_life_s(track.duration_ms, gateway.settings.url_ttl_s)
        number = version or track.published_version or 0
        etag = window_tag(track.id, number, client, caller, life_s, gateway.clock())
        # Only what is published was ever answered, and it stays so: then one look at the track is enough.
        content = gateway.answers.get(etag)
        if content is None:
            served = await published(reads, track, version, gateway.estimator())
    if is_known(if_none_match, etag):
        return not_modified(etag)
    if content is None:
        content = await _ready(gateway, served, life_s, caller)
        gateway.answers.keep(etag, content)
    return cached(content, etag)


async def _ready(gateway: Gateway, served: VersionRow, life_s: int, caller: Network) -> bytes:
    """The karaoke document goes out as it lies in the store.

    The URL is signed for longer, since this is answered for half a life from now on.
    """
    minus = served.files[MINUS]
    signed = (await gateway.presigner.downloads({minus["key"]: None}, life_s * 3 // 2, caller))[minus["key"]]
    karaoke = await gateway.documents.read(served.files[KARAOKE]["key"])
    about = {
        "trackId": served.track_id,
        "version": served.number,
        "minusUrl": signed.url,
        "minusUrlExpiresAt": signed.expires_at,
        "minusContentType": minus["contentType"],
        "qc": served.qc,
    }
    return to_json(about).removesuffix(b"}") + b',"lyrics":' + karaoke + b"}"


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


async def _body(track_id: str, client: str, gateway: Gateway) -> TrackBody:
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        return track_body(track, await reads.job(track.job_id), gateway.estimator())
