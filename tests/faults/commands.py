"""Cancel and retry, appended as the gateway appends its commands: its API has no calls for them yet."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from aik_events.catalogue import JobCanceled, JobRetried
from aik_events.event import Event, Meta
from aik_events.ids import new_event_id
from aik_events.log import Log, LogUnavailable, OutcomeUnknown

AGAIN_AFTER_S = 0.3


@dataclass
class Commands:
    log: Log

    async def cancel(self, client_id: str, track_id: str, job_id: str) -> None:
        await self._append(JobCanceled(meta=_meta(client_id, track_id), job_id=job_id))

    async def retry(self, client_id: str, track_id: str, job_id: str) -> None:
        await self._append(JobRetried(meta=_meta(client_id, track_id), job_id=job_id))

    async def _append(self, event: Event) -> None:
        """Until it is in the log; twice the same event is once."""
        while True:
            try:
                await self.log.append(event)
                return
            except (LogUnavailable, OutcomeUnknown):
                await asyncio.sleep(AGAIN_AFTER_S)


def _meta(client_id: str, track_id: str) -> Meta:
    now = datetime.now(UTC)
    return Meta(id=new_event_id(), subject=track_id, time=now, source="aik/gateway", client_id=client_id)
