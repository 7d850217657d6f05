"""POST /v1/tracks/import: an uploaded asset becomes a track and its first job."""

import asyncio
from datetime import datetime

from aik_events.catalogue import Source, TrackImported
from aik_events.event import Artefact
from aik_events.ids import new_id
from aik_events.pipeline import steps_at_import
from aik_lyrics import from_text, minted_by
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from aik_gateway.api.answers import late
from aik_gateway.api.bodies import ImportRequest
from aik_gateway.api.callbacks import check_callable
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.replies import JobStarted
from aik_gateway.api.wiring import ClientId, Gateway, Parts
from aik_gateway.commands import minted
from aik_gateway.lyrics_objects import keep
from aik_gateway.problems import Problem
from aik_gateway.readmodel.models.assets import AssetRow

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])


@router.post(
    "/import",
    status_code=202,
    response_model=JobStarted,
    responses=problems(
        "unknown-asset",
        "asset-not-uploaded",
        "webhook-secret-missing",
        "callback-url-invalid",
        "lyrics-empty",
        "lyrics-too-long",
    )
    | located(202),
)
async def import_track(
    body: ImportRequest, response: Response, client: ClientId, gateway: Parts, once: OnceOnly
) -> JobStarted | JSONResponse:
    """An uploaded asset becomes a track, and its first job begins as soon as a worker is free."""
    event = await once.event(lambda: _event(gateway, client, body))
    ids = {"jobId": event.job_id, "trackId": event.meta.subject}
    if not await gateway.commands.send(event, **ids):
        return late(**ids)
    response.headers["Location"] = f"/v1/jobs/{event.job_id}"
    return JobStarted(job_id=event.job_id, track_id=event.meta.subject)


async def _event(gateway: Gateway, client: str, body: ImportRequest) -> TrackImported:
    async with gateway.read_model.snapshot(client) as reads:
        asset = await reads.asset(body.asset_id)
    if asset.state != "uploaded":
        raise _not_there(asset, gateway.clock())
    if body.callback_url is not None:
        await check_callable(gateway, client, body.callback_url)
    track_id = new_id("trk")
    meta = minted(client, track_id)
    lyrics = await _lyrics(gateway, track_id, meta.id, body)
    return TrackImported(
        meta=meta,
        job_id=new_id("job"),
        source=_source(asset),
        steps=steps_at_import(has_lyrics=lyrics is not None),
        lyrics=lyrics,
        language=body.language,
        title=body.title,
        artist=body.artist,
        callback_url=body.callback_url,
        priority=body.priority,
        quality=body.quality,
    )


async def _lyrics(gateway: Gateway, track_id: str, event_id: str, body: ImportRequest) -> Artefact | None:
    if body.lyrics is None:
        return None
    # Reading long lyrics takes a while.
    lyrics = await asyncio.to_thread(from_text, body.lyrics, minted_by(event_id), body.language)
    return await keep(gateway.documents, track_id, event_id, lyrics)


def _not_there(asset: AssetRow, now: datetime) -> Problem:
    """Only an upload that is open can be completed; one whose time is over has expired before that is in the log."""
    if asset.state == "removed":
        return Problem("unknown-asset", "The asset was removed: upload the file again.")
    if asset.state == "uploading" and asset.expires_at > now:
        return Problem("asset-not-uploaded", "The upload is open: complete it.", state=asset.state)
    state = "expired" if asset.state == "uploading" else asset.state
    return Problem("asset-not-uploaded", f"The upload is {state}: begin a new one.", state=state)


def _source(asset: AssetRow) -> Source:
    return Source(
        asset_id=asset.id, key=asset.key, filename=asset.filename, size_bytes=asset.size_bytes, sha256=asset.sha256
    )
