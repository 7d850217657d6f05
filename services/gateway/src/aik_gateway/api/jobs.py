"""Jobs: how far the work on a track is, stopped and taken up again."""

from aik_events.catalogue import JobCanceled, JobRetried
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from aik_gateway.api.answers import UNAVAILABLE, late
from aik_gateway.api.bodies import CancelRequest, RetryRequest
from aik_gateway.api.described import located, problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.replies import EventsBody, JobBody
from aik_gateway.api.views import event_body, job_body
from aik_gateway.api.wiring import ClientId, Gateway, Parts
from aik_gateway.commands import minted
from aik_gateway.readmodel.queries import Reads

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("/{job_id}", responses=problems("unknown-job", "deleted"))
async def get_job(job_id: str, client: ClientId, gateway: Parts) -> JobBody:
    """How far it is, step by step."""
    async with gateway.read_model.snapshot(client) as reads:
        return await _body(reads, job_id, gateway)


@router.get("/{job_id}/events", responses=problems("unknown-job", "deleted"))
async def list_job_events(job_id: str, client: ClientId, gateway: Parts) -> EventsBody:
    """The timeline: its opening and all that was said about it since, in log order, rejected events included."""
    async with gateway.read_model.snapshot(client) as reads:
        job = await reads.job(job_id)
        return EventsBody(items=[event_body(row) for row in await reads.timeline(job)])


@router.post("/{job_id}/cancel", response_model=JobBody, responses=problems("unknown-job", "deleted", "job-closed"))
async def cancel_job(
    job_id: str, client: ClientId, gateway: Parts, once: OnceOnly, body: CancelRequest | None = None
) -> JobBody | JSONResponse:
    """What it has not done will not be done, and what its workers still tell changes nothing."""

    async def build() -> JobCanceled:
        return JobCanceled(meta=minted(client, await _track_of(gateway, client, job_id)), job_id=job_id)

    return await _answer(gateway, client, await once.event(build))


@router.post(
    "/{job_id}/retry",
    status_code=202,
    response_model=JobBody,
    responses=problems("unknown-job", "deleted", "not-failed", "not-newest", "not-qc-failed") | located(202),
)
async def retry_job(
    job_id: str,
    response: Response,
    client: ClientId,
    gateway: Parts,
    once: OnceOnly,
    body: RetryRequest | None = None,
) -> JobBody | JSONResponse:
    """From the step that failed, with everything that the steps before it made."""

    async def build() -> JobRetried:
        meta = minted(client, await _track_of(gateway, client, job_id))
        return JobRetried(meta=meta, job_id=job_id, accept_qc=body is not None and body.accept_qc)

    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return await _answer(gateway, client, await once.event(build))


async def _body(reads: Reads, job_id: str, gateway: Gateway) -> JobBody:
    job = await reads.job(job_id)
    track = await reads.track(job.track_id)
    return job_body(job, track.duration_ms, gateway.estimator())


async def _track_of(gateway: Gateway, client: str, job_id: str) -> str:
    async with gateway.read_model.snapshot(client) as reads:
        return (await reads.job(job_id)).track_id


async def _answer(gateway: Gateway, client: str, event: JobCanceled | JobRetried) -> JobBody | JSONResponse:
    """The job as it is after the event; whether that fits is decided by its place in the log, not by a look before."""
    ids = {"jobId": event.job_id, "trackId": event.meta.subject}
    if not await gateway.commands.send(event, **ids):
        return late(**ids)
    try:
        async with gateway.read_model.snapshot(client) as reads:
            return await _body(reads, event.job_id, gateway)
    except UNAVAILABLE:
        # It has happened all the same: an error would make the client send it again, to be refused.
        return late(**ids)
