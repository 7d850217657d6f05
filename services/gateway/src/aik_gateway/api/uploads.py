"""Uploads: straight to the object store, in parts, by presigned URLs."""

from collections.abc import Iterable
from datetime import timedelta

from aik_events.catalogue import AssetUploadAborted, AssetUploaded, AssetUploadStarted
from aik_events.ids import asset_of, derived, new_id, upload_of
from aik_service.network import Network
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from aik_gateway.api.answers import late
from aik_gateway.api.bodies import MOST_URLS, CompleteRequest, PartsRequest, UploadRequest
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.replies import AssetBody, PartUrl, PartUrls, StoredPartBody, UploadBody, UploadStarted
from aik_gateway.api.wiring import Caller, ClientId, Gateway, Parts
from aik_gateway.commands import minted
from aik_gateway.multipart import MultipartGone, PartsRefused
from aik_gateway.parts import check_file, checked_numbers, incomplete, part_count, part_size_for, suffix_of
from aik_gateway.problems import Problem
from aik_gateway.readmodel.models.assets import AssetRow

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])


@router.post(
    "",
    status_code=201,
    response_model=UploadStarted,
    responses=problems("file-too-large", "unsupported-audio-type", "part-size-invalid") | located(201),
)
async def start_upload(
    body: UploadRequest, response: Response, client: ClientId, gateway: Parts, caller: Caller, once: OnceOnly
) -> object:
    """The URLs of the first 100 parts; what can't be stored is refused before a byte is sent."""

    async def build() -> AssetUploadStarted:
        return await _begun(gateway, client, body)

    event = await once.event(build)
    upload_id = upload_of(event.meta.subject)
    if not await gateway.commands.send(event, uploadId=upload_id):
        return late(uploadId=upload_id)
    response.headers["Location"] = f"/v1/uploads/{upload_id}"
    numbers = range(1, min(part_count(event.size_bytes, event.part_size), MOST_URLS) + 1)
    return UploadStarted(
        upload_id=upload_id,
        part_size=event.part_size,
        parts=await _urls(gateway, event.key, event.multipart_id, numbers, caller),
        expires_at=event.expires_at,
    )


async def _begun(gateway: Gateway, client: str, body: UploadRequest) -> AssetUploadStarted:
    """Everything is checked before a byte is sent; then the multipart is begun at the store."""
    check_file(body.filename, body.size, body.content_type, gateway.settings.max_upload_bytes)
    part_size = part_size_for(body.size, body.part_size)
    asset_id = new_id("ast")
    key = f"assets/{asset_id}/source{suffix_of(body.filename)}"
    return AssetUploadStarted(
        meta=minted(client, asset_id),
        filename=body.filename,
        size_bytes=body.size,
        content_type=body.content_type or None,
        sha256=body.sha256,
        key=key,
        multipart_id=await gateway.multiparts.begin(key, body.content_type or "application/octet-stream"),
        part_size=part_size,
        expires_at=gateway.clock() + timedelta(seconds=gateway.settings.upload_ttl_s),
    )


@router.get("/{upload_id}", responses=problems("unknown-upload"))
async def get_upload(upload_id: str, client: ClientId, gateway: Parts) -> UploadBody:
    """What is stored of it: an interrupted upload goes on from there."""
    asset = await _asset(gateway, client, upload_id)
    stored = []
    if _is_open(asset, gateway):
        try:
            stored = await gateway.multiparts.parts(asset.key, asset.multipart_id)
        except MultipartGone:
            stored = []
    return UploadBody(
        upload_id=upload_id,
        state="expired" if asset.state == "uploading" and asset.expires_at <= gateway.clock() else asset.state,
        size=asset.size_bytes,
        part_size=asset.part_size,
        stored=[StoredPartBody(part_number=part.number, etag=part.etag, size=part.size) for part in stored],
        expires_at=asset.expires_at,
    )


@router.post("/{upload_id}/parts", responses=problems("unknown-upload", "upload-closed"))
async def sign_parts(upload_id: str, body: PartsRequest, client: ClientId, gateway: Parts, caller: Caller) -> PartUrls:
    """Fresh URLs for these parts, at most 100 at once, bound to the address that asks."""
    asset = await _asset(gateway, client, upload_id)
    if not _is_open(asset, gateway):
        raise _closed(asset)
    numbers = checked_numbers(body.part_numbers, part_count(asset.size_bytes, asset.part_size))
    return PartUrls(parts=await _urls(gateway, asset.key, asset.multipart_id, numbers, caller))


@router.post(
    "/{upload_id}/complete",
    response_model=AssetBody,
    responses=problems("unknown-upload", "upload-closed", "upload-incomplete"),
)
async def complete_upload(
    upload_id: str, client: ClientId, gateway: Parts, once: OnceOnly, body: CompleteRequest | None = None
) -> AssetBody | JSONResponse:
    """Makes the asset of the parts. Done again, or twice at once, it gives the same answer."""

    async def build() -> AssetUploaded:
        parts = (body.parts if body else None) or ()
        claimed = {part.part_number: part.etag.strip('"') for part in parts}
        return await _completed(gateway, client, await _asset(gateway, client, upload_id), claimed)

    event = await once.event(build)
    asset_id = event.meta.subject
    try:
        judged = await gateway.commands.send(event, assetId=asset_id)
    except Problem as problem:
        if problem.code not in ("asset-aborted", "asset-expired", "asset-removed"):
            raise
        raise _ended(problem.code.removeprefix("asset-")) from problem
    return AssetBody(asset_id=asset_id) if judged else late(assetId=asset_id)


async def _completed(gateway: Gateway, client: str, asset: AssetRow, claimed: dict[int, str]) -> AssetUploaded:
    """The object is there, whole. The event's id follows from the asset, so that all who complete it say the same."""
    if asset.state != "uploaded":
        if not _is_open(asset, gateway):
            raise _closed(asset)
        await _assemble(gateway, asset, claimed)
    found = await gateway.multiparts.finished(asset.key)
    if found is None or found[0] != asset.size_bytes:
        raise Problem("upload-closed", "The upload is lost: begin a new one.", state="lost")
    meta = minted(client, asset.id, id=derived(asset.id, AssetUploaded.TYPE))
    return AssetUploaded(meta=meta, size_bytes=found[0], etag=found[1])


async def _assemble(gateway: Gateway, asset: AssetRow, claimed: dict[int, str]) -> None:
    """A multipart that is gone may have been completed before: the object will tell."""
    try:
        stored = await gateway.multiparts.parts(asset.key, asset.multipart_id)
        problem = incomplete(asset.size_bytes, asset.part_size, stored, claimed)
        if problem is None:
            return await gateway.multiparts.complete(asset.key, asset.multipart_id, stored)
    except MultipartGone:
        return
    except PartsRefused:
        problem = Problem("upload-incomplete", "The object store refuses the parts: send them again.")
    # Its parts go one by one when somebody else has just completed it.
    if not await _is_whole(gateway, asset):
        raise problem


async def _is_whole(gateway: Gateway, asset: AssetRow) -> bool:
    found = await gateway.multiparts.finished(asset.key)
    return found is not None and found[0] == asset.size_bytes


@router.delete(
    "/{upload_id}", status_code=204, response_model=None, responses=problems("unknown-upload", "upload-completed")
)
async def abort_upload(upload_id: str, client: ClientId, gateway: Parts) -> Response:
    """Ends an upload that is not completed; again, it is the same. The janitor removes what was sent."""
    asset = await _asset(gateway, client, upload_id)
    event = AssetUploadAborted(
        meta=minted(client, asset.id, id=derived(asset.id, AssetUploadAborted.TYPE, "aborted")), reason="aborted"
    )
    try:
        if asset.state == "uploading" and not await gateway.commands.send(event, uploadId=upload_id):
            return late(uploadId=upload_id)
    except Problem as problem:
        if problem.code == "asset-uploaded":
            raise _completed_already() from problem
        if problem.code != "asset-expired":
            raise
    if asset.state in ("uploaded", "removed"):
        raise _completed_already()
    return Response(status_code=204)


async def _asset(gateway: Gateway, client: str, upload_id: str) -> AssetRow:
    asset_id = asset_of(upload_id) if upload_id.startswith("upl_") else ""
    async with gateway.read_model.snapshot(client) as reads:
        return await reads.asset(asset_id, missing="unknown-upload")


def _is_open(asset: AssetRow, gateway: Gateway) -> bool:
    return asset.state == "uploading" and asset.expires_at > gateway.clock()


def _closed(asset: AssetRow) -> Problem:
    return _ended("expired" if asset.state == "uploading" else asset.state)


def _ended(state: str) -> Problem:
    return Problem("upload-closed", f"The upload is {state}: begin a new one.", state=state)


def _completed_already() -> Problem:
    return Problem("upload-completed", "It is an asset now: it goes with its last track, or when it is never imported.")


async def _urls(
    gateway: Gateway, key: str, multipart_id: str, numbers: Iterable[int], caller: Network
) -> list[PartUrl]:
    signed = await gateway.presigner.parts(key, multipart_id, numbers, gateway.settings.part_url_ttl_s, caller)
    return [PartUrl(part_number=number, url=one.url, expires_at=one.expires_at) for number, one in signed]
