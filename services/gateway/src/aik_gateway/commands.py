"""Commands: one event each, appended once, answered by the projector's verdict."""

from datetime import UTC, datetime

import structlog
from aik_events.event import Event, Meta
from aik_events.ids import new_event_id
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown
from aik_service import tracing
from opentelemetry.trace import SpanKind

from aik_gateway.problems import Problem, rejection
from aik_gateway.verdicts import Verdicts

log = structlog.get_logger()

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

        Raises Problem: the reason of a rejection, `outcome-unknown` with the ids that the command would have made, or
        `unavailable` when the log refuses the event.
        """
        with self._verdicts.expecting(event.meta.id) as waiter:
            try:
                with tracing.span(f"append {event.type}", kind=SpanKind.PRODUCER):
                    await self._log.append(event)
            except AppendFailed as error:
                log.error("the log refuses an event", eventId=event.meta.id, type=event.type, error=str(error))
                raise Problem("unavailable", "The log takes nothing now: try again.", headers=RETRY_AFTER) from error
            except (OutcomeUnknown, LogUnavailable) as error:
                detail = "The log does not answer. Look for these ids before you send it again."
                raise Problem("outcome-unknown", detail, headers=RETRY_AFTER, **ids) from error
            with tracing.span("verdict"):
                verdict = await self._verdicts.of(event.meta.subject, event.meta.id, waiter, self._wait_s)
        if verdict is None:
            return False
        if not verdict.accepted:
            raise rejection(verdict.reason or "", verdict.detail)
        return True
