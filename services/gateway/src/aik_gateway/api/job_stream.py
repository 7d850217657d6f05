"""A job as a stream of server-sent events: what is told of it, and how far it is."""

import re
from asyncio import timeout
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from time import monotonic

import structlog
from aik_events.track import JobState
from aik_service.database import OUTAGES
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Send

from aik_gateway.api.replies import JobBody
from aik_gateway.api.views import job_body
from aik_gateway.api.wiring import Gateway
from aik_gateway.feeds import Feed, Notice
from aik_gateway.problems import Problem
from aik_gateway.readmodel.models.timeline import TOLD_STATE, TimelineRow
from aik_gateway.readmodel.models.tracks import JobRow

log = structlog.get_logger()

HEARTBEAT_S = 15.0
"""A stream is never silent for longer, so that no proxy takes it for dead."""
RETRY_MS = 2_000
"""How long a client should wait before it comes back."""
AGAIN_S = 2.0
"""While Postgres is away it is asked again so often."""
PAGE = 100
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)
LAST_EVENT_ID = r"^[0-9]{0,18}$"
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept", "X-Accel-Buffering": "no"}
"""The last one is for nginx, which would keep a stream back until a buffer is full."""


class JobStream(EventSourceResponse):
    """Whatever ends it, the listener is let go at once and not when somebody collects the garbage."""

    def __init__(self, messages: AsyncGenerator[bytes]) -> None:
        super().__init__(messages, headers=HEADERS)
        self._messages = messages

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._messages):
            await super().stream_response(send)


def seen_of(last_event_id: str | None) -> int | None:
    """The offset of what a client has seen last; None for one that has seen nothing. Raises Problem."""
    if not last_event_id:
        return None
    if not re.fullmatch(LAST_EVENT_ID, last_event_id):
        raise Problem("bad-request", "Last-Event-ID must be the id of a message of this job, or be left out.")
    return int(last_event_id)


async def stream(gateway: Gateway, client: str, job_id: str, seen: int | None) -> Response:
    """Begins with the job as it is now, or after what was seen last. 204: it has ended, and all of it was seen."""
    teller = JobTeller(gateway)
    async with gateway.read_model.snapshot(client) as reads:
        job = await reads.job(job_id)
        [row] = await reads.told(job, None, 1)
    newest = teller.notice(row)
    if seen is not None:
        if newest.is_end and newest.offset <= seen:
            return Response(status_code=204, headers=HEADERS)
        return JobStream(_messages(gateway, teller, newest, b"", seen))
    # To somebody who has seen nothing the state is news, whatever the event was.
    first = teller.notice(row.model_copy(update={"told": TOLD_STATE}))
    return JobStream(_messages(gateway, teller, newest, first.text, newest.offset))


async def _messages(
    gateway: Gateway, teller: "JobTeller", newest: Notice, first: bytes, seen: int
) -> AsyncGenerator[bytes]:
    """`first`, and everything after `seen`."""
    yield format_sse_event(retry=RETRY_MS) + first
    if newest.is_end and newest.offset == seen:
        return
    with gateway.feeds.following(newest, teller) as feed:
        async with aclosing(_followed(gateway, feed, seen)) as messages:
            async for message in messages:
                yield message


async def _followed(gateway: Gateway, feed: Feed, seen: int) -> AsyncGenerator[bytes]:
    """Level-triggered: woken, it looks what there is after its place, and what it did not take it finds again."""
    news, progressed, quiet_until = -1, -1, monotonic() + HEARTBEAT_S
    while not gateway.feeds.has_ended:
        bell, wait_until = feed.bell, quiet_until
        if news != feed.news:
            asked, notices = feed.news, await feed.after(seen)
            for notice in notices or ():
                yield notice.text
                seen, quiet_until = notice.offset, monotonic() + HEARTBEAT_S
            if notices and notices[-1].is_end:
                return
            if notices is not None and len(notices) == PAGE:
                continue
            news = -1 if notices is None else asked
            wait_until = quiet_until if notices is not None else min(quiet_until, monotonic() + AGAIN_S)
        if progressed != feed.progressed:
            progressed = feed.progressed
            message = feed.progress()
            if message is not None:
                yield message
                quiet_until = monotonic() + HEARTBEAT_S
        with suppress(TimeoutError):
            async with timeout(max(0.0, wait_until - monotonic())):
                await bell.wait()
        if monotonic() >= quiet_until:
            yield format_sse_event(comment="still here")
            quiet_until = monotonic() + HEARTBEAT_S


class JobTeller:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def after(self, job: JobRow, offset: int) -> Sequence[Notice] | None:
        try:
            rows = await self._gateway.read_model.told(job, offset, PAGE)
        except OUTAGES as error:
            log.warning("listeners can't be told now", job_id=job.id, error=str(error))
            return None
        return [self.notice(row) for row in rows]

    def notice(self, row: TimelineRow) -> Notice:
        """The same in every process, but for what it has learned of how long steps take."""
        job = JobRow.model_validate(row.job)
        body = job_body(job, row.duration_ms, self._gateway.estimator_at(row.time))
        text = format_sse_event(data_str=_json(body), event=row.told, id=str(row.offset))
        return Notice(row.offset, text, job.state in ENDED, job, row.duration_ms)

    def progress(self, newest: Notice) -> bytes | None:
        job = newest.job
        body = job_body(job, newest.duration_ms, self._gateway.estimator())
        if body.step is None or self._gateway.progress.of(job.id, job.run, body.step) is None:
            return None
        return format_sse_event(data_str=_json(body), event="progress")


def _json(body: JobBody) -> str:
    return body.model_dump_json(by_alias=True)
