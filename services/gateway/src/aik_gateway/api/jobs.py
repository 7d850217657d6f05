"""Jobs: how far the work on a track is."""

from fastapi import APIRouter

from aik_gateway.api.replies import JobBody
from aik_gateway.api.views import job_body
from aik_gateway.api.wiring import ClientId, Parts

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("/{job_id}")
async def one(job_id: str, client: ClientId, gateway: Parts) -> JobBody:
    async with gateway.read_model.snapshot(client) as reads:
        return job_body(await reads.job(job_id), gateway.progress.share)
