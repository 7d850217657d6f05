"""Uploads: straight to the object store, in parts, by presigned URLs."""

from collections.abc import Iterable
from datetime import timedelta

from aik_events.catalogue import AssetUploaded, AssetUploadStarted
from aik_events.ids import asset_of, new_id, upload_of
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from aik_gateway.api.answers import late
from aik_gateway.api.bodies import CompleteRequest, PartsRequest, UploadRequest
from aik_gateway.api.replies import AssetBody, PartUrl, PartUrls, StoredPartBody, UploadBody, UploadStarted
from aik_gateway.api.wiring import ClientId, Gateway, Parts
from aik_gateway.commands import minted
from aik_gateway.multipart import MultipartGone, PartsRefused
from aik_gateway.parts import check_file, checked_numbers, incomplete, part_count, part_size_for, suffix_of
from aik_gateway.problems import Problem
from aik_gateway.readmodel.tables import AssetRow

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

FIRST_BATCH = 100


@router.post("", status_code=201, response_model=UploadStarted)
async def start(body: UploadRequest, response: Response, client: ClientId, gateway: Parts) -> object:
    settings = gateway.settings
    check_file(body.filename, body.size, body.content_type, settings.max_upload_bytes)
    part_size = part_size_for(body.size, body.part_size)
    asset_id = new_id("ast")
    key = f"assets/{asset_id}/source{suffix_of(body.filename)}"
    event = AssetUploadStarted(
        meta=minted(client, asset_id),
        filename=body.filename,
        size_bytes=body.size,
        content_type=body.content_type or None,
        sha256=body.sha256,
        key=key,
        multipart_id=await gateway.multiparts.begin(key, body.content_type or "application/octet-stream"),
        part_size=part_size,
        expires_at=gateway.clock() + timedelta(seconds=settings.upload_ttl_s),
    )
    upload_id = upload_of(asset_id)
    if not await gateway.commands.send(event, uploadId=upload_id):
        return late(uploadId=upload_id)
    response.headers["Location"] = f"/v1/uploads/{upload_id}"
    numbers = range(1, min(part_count(body.size, part_size), FIRST_BATCH) + 1)
    return UploadStarted(
        upload_id=upload_id,
        part_size=part_size,
        parts=_urls(gateway, key, event.multipart_id, numbers),
        expires_at=event.expires_at,
    )


@router.get("/{upload_id}")
async def state(upload_id: str, client: ClientId, gateway: Parts) -> UploadBody:
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


@router.post("/{upload_id}/parts")
async def fresh_urls(upload_id: str, body: PartsRequest, client: ClientId, gateway: Parts) -> PartUrls:
    asset = await _asset(gateway, client, upload_id)
    if not _is_open(asset, gateway):
        raise _closed(asset)
    numbers = checked_numbers(body.part_numbers, part_count(asset.size_bytes, asset.part_size))
    return PartUrls(parts=_urls(gateway, asset.key, asset.multipart_id, numbers))


@router.post("/{upload_id}/complete", response_model=AssetBody)
async def complete(
    upload_id: str, client: ClientId, gateway: Parts, body: CompleteRequest | None = None
) -> AssetBody | JSONResponse:
    """Done again, it gives the same answer."""
    asset = await _asset(gateway, client, upload_id)
    if asset.state == "uploaded":
        return AssetBody(asset_id=asset.id)
    if not _is_open(asset, gateway):
        raise _closed(asset)
    parts = (body.parts if body else None) or ()
    await _assemble(gateway, asset, {part.part_number: part.etag.strip('"') for part in parts})
    found = await gateway.multiparts.finished(asset.key)
    if found is None or found[0] != asset.size_bytes:
        raise Problem("upload-closed", "The upload is lost: begin a new one.")
    event = AssetUploaded(meta=minted(client, asset.id), size_bytes=found[0], etag=found[1])
    try:
        judged = await gateway.commands.send(event, assetId=asset.id)
    except Problem as problem:
        # Another request has just completed the same upload: that is the same answer.
        if problem.code != "asset-uploaded":
            raise
        judged = True
    return AssetBody(asset_id=asset.id) if judged else late(assetId=asset.id)


async def _assemble(gateway: Gateway, asset: AssetRow, claimed: dict[int, str]) -> None:
    """A multipart that is gone may have been completed before: the object will tell."""
    try:
        stored = await gateway.multiparts.parts(asset.key, asset.multipart_id)
        problem = incomplete(asset.size_bytes, asset.part_size, stored, claimed)
        if problem is not None:
            raise problem
        await gateway.multiparts.complete(asset.key, asset.multipart_id, stored)
    except MultipartGone:
        return
    except PartsRefused as error:
        raise Problem("upload-incomplete", "The object store refuses the parts: send them again.") from error


async def _asset(gateway: Gateway, client: str, upload_id: str) -> AssetRow:
    asset_id = asset_of(upload_id) if upload_id.startswith("upl_") else ""
    async with gateway.read_model.snapshot(client) as reads:
        return await reads.asset(asset_id, missing="unknown-upload")


def _is_open(asset: AssetRow, gateway: Gateway) -> bool:
    return asset.state == "uploading" and asset.expires_at > gateway.clock()


def _closed(asset: AssetRow) -> Problem:
    state = "expired" if asset.state == "uploading" else asset.state
    return Problem("upload-closed", f"The upload is {state}: begin a new one.", state=state)


def _urls(gateway: Gateway, key: str, multipart_id: str, numbers: Iterable[int]) -> list[PartUrl]:
    ttl_s = gateway.settings.part_url_ttl_s
    signed = [(number, gateway.presigner.part(key, multipart_id, number, ttl_s)) for number in numbers]
    return [PartUrl(part_number=number, url=one.url, expires_at=one.expires_at) for number, one in signed]
