"""Jobs: how far the work on a track is, stopped and taken up again."""

from typing import Annotated, Any

from aik_events.catalogue import JobCanceled, JobRetried
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response

from aik_gateway.api.answers import UNAVAILABLE, late
from aik_gateway.api.bodies import CancelRequest, RetryRequest
from aik_gateway.api.described import located, problems
from aik_gateway.api.job_stream import LAST_EVENT_ID, seen_of, stream
from aik_gateway.api.negotiating import prefers
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.pages import MOST_ITEMS, Cursor, Limit
from aik_gateway.api.replies import EventsBody, JobBody
from aik_gateway.api.views import event_body, job_body
from aik_gateway.api.wiring import ClientId, Gateway, Parts
from aik_gateway.commands import minted
from aik_gateway.readmodel.lists import Asked
from aik_gateway.readmodel.paging import place_of
from aik_gateway.readmodel.queries import Reads

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

JSON, EVENT_STREAM = "application/json", "text/event-stream"
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The timeline, or the stream",
        "content": {
            EVENT_STREAM: {
                "schema": {"type": "string"},
                "example": 'event: state\ndata: {"jobId": "job_…", "state": "running", …}\nid: 42\n\n',
            }
        },
    },
    204: {"description": "Of the stream: the job has ended, and all of it was seen"},
    **problems("bad-request", "unknown-job", "deleted", "cursor-invalid"),
}
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="the id of the last message that was seen",
        json_schema_extra={"pattern": LAST_EVENT_ID},
    ),
]


@router.get("/{job_id}", responses=problems("unknown-job", "deleted"))
async def get_job(job_id: str, client: ClientId, gateway: Parts) -> JobBody:
    """How far it is, step by step."""
    async with gateway.read_model.snapshot(client) as reads:
        return await _body(reads, job_id, gateway)


@router.get("/{job_id}/events", response_model=EventsBody, responses=STREAMED)
async def list_job_events(
    job_id: str,
    client: ClientId,
    gateway: Parts,
    request: Request,
    limit: Limit = MOST_ITEMS,
    cursor: Cursor = None,
    last_event_id: LastEventId = None,
) -> Response:
    """The timeline: its opening and all that was said about it since, in log order, rejected events included.

    With `Accept: text/event-stream` a live stream of what was accepted, each message with the job as it was then.
    """
    seen = seen_of(last_event_id)
    if prefers(request.headers.get("accept"), EVENT_STREAM, JSON):
        return await stream(gateway, client, job_id, seen)
    name = f"events:{job_id}"
    async with gateway.read_model.snapshot(client) as reads:
        page = await reads.timeline(await reads.job(job_id), Asked(limit, place_of(cursor, name)))
    body = EventsBody(items=[event_body(row) for row in page.items], next_cursor=page.cursor(name))
    return Response(body.model_dump_json(by_alias=True), headers={"Vary": "Accept"}, media_type=JSON)


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

    event = await once.event(build)
    response.headers["Location"] = f"/v1/jobs/{event.job_id}"
    return await _answer(gateway, client, event)


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
