"""Commands: one event each, appended once, answered by the projector's verdict."""

from datetime import UTC, datetime

from aik_events.event import Event, Meta
from aik_events.ids import new_event_id
from aik_events.log import Log, LogUnavailable, OutcomeUnknown
from aik_service import tracing

from aik_gateway.problems import Problem, rejection
from aik_gateway.verdicts import Verdicts

SOURCE = "aik/gateway"
RETRY_AFTER = {"Retry-After": "1"}


def minted(client_id: str, subject: str, *, id: str | None = None) -> Meta:
    """The meta part of a command's event: its id is new unless it follows from a cause, its trace is the request's."""
    return Meta(
        id=id or new_event_id(),
        subject=subject,
        time=datetime.now(UTC),
        source=SOURCE,
        client_id=client_id,
        traceparent=tracing.traceparent(),
    )


class Commands:
    def __init__(self, log: Log, verdicts: Verdicts, *, wait_s: float) -> None:
        self._log = log
        self._verdicts = verdicts
        self._wait_s = wait_s

    async def send(self, event: Event, **ids: str) -> bool:
        """True when the event is accepted; False when the projector is late, so that nobody knows yet.

        Raises Problem: the reason of a rejection, or `outcome-unknown` with the ids that the command would have made.
        """
        with self._verdicts.expecting(event.meta.id) as waiter:
            try:
                await self._log.append(event)
            except (OutcomeUnknown, LogUnavailable) as error:
                detail = "The log does not answer. Look for these ids before you send it again."
                raise Problem("outcome-unknown", detail, headers=RETRY_AFTER, **ids) from error
            verdict = await self._verdicts.of(event.meta.subject, event.meta.id, waiter, self._wait_s)
        if verdict is None:
            return False
        if not verdict.accepted:
            raise rejection(verdict.reason or "", verdict.detail)
        return True
