"""Lyrics: read with their times, edited into a new version."""

import asyncio
from typing import Annotated

from aik_events.catalogue import LyricsUpdated
from aik_events.event import Meta
from aik_events.ids import new_id
from aik_events.pipeline import steps_following
from aik_lyrics import Karaoke, Lyrics, minted_by
from aik_lyrics.edits import changed_line_ids, edited
from aik_lyrics.line_edits import edited_lines, without_times_as_read
from fastapi import APIRouter, Header
from fastapi.responses import Response

from aik_gateway.api.answers import late
from aik_gateway.api.bodies import LyricsPatch
from aik_gateway.api.caching import cached, is_known, not_modified, version_tag, versions_named
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.replies import EditBody
from aik_gateway.api.wiring import ClientId, Gateway, Parts, VersionNumber
from aik_gateway.commands import minted
from aik_gateway.lyrics_objects import karaoke_of, keep, lyrics_of
from aik_gateway.problems import Problem
from aik_gateway.readmodel.models.tracks import TrackRow, VersionRow

router = APIRouter(prefix="/v1/tracks", tags=["lyrics"])

MOST_NAMED = 100
"""An event names no more changed lines than this; it counts them all."""


@router.get(
    "/{track_id}/lyrics", response_model=Karaoke, responses=problems("unknown-track", "deleted", "unknown-version")
)
async def get_lyrics(
    track_id: str,
    client: ClientId,
    gateway: Parts,
    version: VersionNumber = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """karaoke-json of the newest version, drafts and failed ones included; null times where nothing is aligned."""
    async with gateway.read_model.snapshot(client) as reads:
        track = await reads.track(track_id)
        found = await reads.version(track, version or track.newest_version)
    etag = tag_of(track, found)
    if is_known(if_none_match, etag):
        return not_modified(etag)
    return cached(await karaoke_of(gateway.documents, track, found), etag)


@router.patch(
    "/{track_id}/lyrics",
    status_code=201,
    response_model=EditBody,
    responses=problems(
        "unknown-track",
        "deleted",
        "job-running",
        "artefact-missing",
        "stale",
        "if-match-required",
        "lyrics-invalid",
        "lyrics-empty",
        "lyrics-too-long",
        "line-invalid",
        "unknown-id",
        "duplicate-id",
        "words-mismatch",
        "times-invalid",
    )
    | located(201),
)
async def edit_lyrics(
    track_id: str,
    body: LyricsPatch,
    response: Response,
    client: ClientId,
    gateway: Parts,
    once: OnceOnly,
    if_match: Annotated[str | None, Header()] = None,
) -> object:
    """A new version with these lyrics; the version that is published stays served."""
    track: TrackRow | None = None

    async def build() -> LyricsUpdated:
        nonlocal track
        async with gateway.read_model.snapshot(client) as reads:
            track = await reads.track(track_id)
            newest = await reads.version(track, track.newest_version)
        _check_match(if_match, newest.number)
        return await _event(gateway, minted(client, track.id), track, newest, body)

    event = await once.event(build)
    job = {} if event.job_id is None else {"jobId": event.job_id}
    if not await gateway.commands.send(event, trackId=track_id, **job):
        return late(trackId=track_id, **job)
    # Accepted means that nobody else has made a version in between.
    number = event.based_on + 1
    if track is None:
        # A repeat: the event was made by another request.
        async with gateway.read_model.snapshot(client) as reads:
            track = await reads.track(track_id)
    etag = version_tag(number, track.id, event.lyrics.sha256, None, track.duration_ms)
    location = f"/v1/tracks/{track_id}/lyrics?version={number}"
    response.headers.update({"ETag": etag, "Location": location})
    return EditBody(version=number, job_id=event.job_id)


def tag_of(track: TrackRow, version: VersionRow) -> str:
    """Everything that the lyrics of this version are made of."""
    artefacts = [None if one is None else one["sha256"] for one in (version.lyrics, version.karaoke)]
    return version_tag(version.number, track.id, *artefacts, track.duration_ms)


def _check_match(if_match: str | None, newest: int) -> None:
    named = versions_named(if_match or "")
    if not named:
        raise Problem("if-match-required", 'Send If-Match: "v<n>" with the version that you edited.')
    if newest not in named:
        raise Problem("stale", f"The newest version is {newest}: read it and edit that.", newestVersion=newest)


async def _event(gateway: Gateway, meta: Meta, track: TrackRow, newest: VersionRow, body: LyricsPatch) -> LyricsUpdated:
    """The edit as an event; its document is stored. Raises LyricsError."""
    old = await lyrics_of(gateway.documents, newest)
    if body.lines is not None and newest.karaoke is not None:
        read = await karaoke_of(gateway.documents, track, newest)
        body = body.model_copy(update={"lines": without_times_as_read(body.lines, read.lines)})
    # Comparing long lyrics takes a while.
    new, changed = await asyncio.to_thread(_edited, old, body, meta.id, track.duration_ms)
    artefact = await keep(gateway.documents, track.id, meta.id, new)
    return LyricsUpdated(
        meta=meta,
        based_on=newest.number,
        lyrics=artefact,
        lines_changed=len(changed),
        changed_line_ids=tuple(changed[:MOST_NAMED]),
        job_id=new_id("job") if body.reprocess else None,
        steps=steps_following(body.reprocess) if body.reprocess else (),
    )


def _edited(old: Lyrics, body: LyricsPatch, event_id: str, duration_ms: int | None) -> tuple[Lyrics, list[str]]:
    mint = minted_by(event_id)
    if body.lyrics is not None:
        new = edited(old, body.lyrics, mint)
    else:
        new = edited_lines(old, body.lines or (), mint, duration_ms)
    return new, changed_line_ids(old, new)
