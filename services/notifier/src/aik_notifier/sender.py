"""The sender: leases a due delivery, posts it signed, tells the log, and survives dying anywhere in between."""

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import structlog
from aik_events.catalogue.webhooks import WebhookEvent
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown
from aik_service import tracing
from aik_service.database import OUTAGES as POSTGRES_AWAY
from aik_service.heartbeat import LeaseLost, while_held
from aik_service.sealing import SealBroken
from opentelemetry.trace import SpanKind

from aik_notifier import metrics
from aik_notifier.facts import disabling_of, fact_of
from aik_notifier.poster import Answer, Poster
from aik_notifier.queue import DeliveryLease, Queue
from aik_notifier.schedule import LONGEST_MS, SECOND, wait_ms
from aik_notifier.secret_store import SecretStore
from aik_notifier.settings import NotifierSettings
from aik_notifier.signing import signed_headers
from aik_notifier.tables import Outcome

log = structlog.get_logger()
LEASE_LOST = "lease-lost"
OWN_FAULT_WAIT_S = 60.0
"""The wait of a delivery that can't be signed: what is wrong is mended by hand."""


class SecretMissing(Exception):
    """The client has no valid webhook secret any more: it makes one, what waits for it is sent then."""

    code = "webhook-secret-missing"


class SecretsSealed(Exception):
    """Webhook secrets can't be opened: give this service the AIK_SECRET_KEY that the gateway sealed them with."""

    code = "secrets-sealed"


class FactsUntold(Exception):
    """What was sent can't be written into the log: look there for what it refuses, and why."""

    code = "facts-untold"


class Sender:
    """`work` may be running several times at once; they share the queue and what is untold."""

    def __init__(
        self,
        settings: NotifierSettings,
        *,
        queue: Queue,
        log: Log,
        secrets: SecretStore,
        poster: Poster,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._log = log
        self._secrets = secrets
        self._poster = poster
        self._untold: dict[str, str] = {}
        self._sealed: dict[str, float] = {}
        """Clients whose secrets could not be opened, and when that was."""
        self._posted_leases: set[UUID] = set()
        """What is at hand and may have been sent."""

    async def check(self) -> None:
        """Raises FactsUntold while the log does not take what a try came to."""
        if self._untold:
            raise FactsUntold("; ".join(f"{delivery}: {reason}" for delivery, reason in self._untold.items()))

    async def check_secrets(self) -> None:
        """Raises SecretsSealed while deliveries wait for the right key."""
        since = time.monotonic() - 2 * OWN_FAULT_WAIT_S
        self._sealed = {client: at for client, at in self._sealed.items() if at > since}
        if self._sealed:
            raise SecretsSealed("of " + ", ".join(sorted(self._sealed)))

    async def work(self, lease: DeliveryLease) -> None:
        """One try at one delivery, under its lease and inside the trace of the event that caused it."""
        about = {"delivery": lease.delivery_id, "track": lease.track_id, "attempt": lease.attempt}
        tracing.passed(f"queue webhook {lease.kind}", lease.waited_s, lease.traceparent, about=about)
        with tracing.span(f"webhook {lease.kind}", lease.traceparent, kind=SpanKind.CONSUMER, about=about) as span:
            started = time.monotonic()
            error: str | None = None
            try:
                lease_s = self._settings.lease_s
                outcome, error = await while_held(self._try(lease), lease, self._queue, lease_s=lease_s)
            except LeaseLost:
                outcome = LEASE_LOST
            except asyncio.CancelledError:
                if lease.id not in self._posted_leases:  # Else it would be posted again; its lease runs out.
                    log.info("this process ends, the delivery goes back", **about)
                    await self._give_back_quietly(lease, after_s=0)
                raise
            except (SealBroken, SecretMissing) as fault:
                # Ours, or the client's, but not the endpoint's: no fact, and no try less.
                outcome = fault.code
                log.error("a delivery can't be signed, it waits", client=lease.client_id, code=fault.code, **about)
                await self._give_back_quietly(lease, after_s=OWN_FAULT_WAIT_S, untried=True)
            except POSTGRES_AWAY as outage:
                outcome, error = "outage", repr(outage)
                await self._give_back_quietly(lease, after_s=self._settings.lease_s)
            except Exception as broken:  # one delivery must not end the process, and with it all others
                outcome, error = "broken", repr(broken)
                log.exception("a delivery broke the sender, it waits", **about)
                await self._give_back_quietly(lease, after_s=_seconds_after(lease))
            finally:
                self._posted_leases.discard(lease.id)
            tracing.ended(span, outcome, well=outcome in (Outcome.DELIVERED, LEASE_LOST))
            metrics.TRIES.labels(lease.kind, outcome).inc()
            metrics.SECONDS.labels(lease.kind).observe(time.monotonic() - started)
            log.info("webhook tried", kind=lease.kind, outcome=outcome, error=error, **about)

    async def _try(self, lease: DeliveryLease) -> tuple[str, str | None]:
        """What the log was told: delivered, attempt_failed or exhausted; and the error."""
        answer = await self._posted(lease)
        now, traceparent = datetime.now(UTC), tracing.traceparent()
        disabling = disabling_of(lease, answer, now=now, traceparent=traceparent)
        if disabling is not None:
            # First: if this process dies after it, the delivery is still open, and waits with the endpoint.
            await self._tell(disabling, lease)
            metrics.DISABLED.labels(disabling.reason).inc()
            log.warning("the endpoint is disabled", endpoint=lease.endpoint_id, reason=disabling.reason)
        fact = fact_of(lease, answer, now=now, traceparent=traceparent)
        await self._tell(fact, lease)
        await self._queue.park(lease)
        return fact.type.removeprefix("webhook."), answer.error

    async def _posted(self, lease: DeliveryLease) -> Answer:
        secrets = await self._signing(lease.client_id)
        headers = {"content-type": "application/json", "user-agent": "aik-notifier"}
        headers |= signed_headers(lease.delivery_id, lease.body, secrets, datetime.now(UTC))
        with tracing.span("POST", kind=SpanKind.CLIENT, about={"host": lease.host}) as span:
            traceparent = tracing.traceparent()
            if traceparent is not None:
                headers["traceparent"] = traceparent
            self._posted_leases.add(lease.id)  # Before: whoever is cancelled in there can't tell how far it came.
            answer = await self._poster.post(lease.url, headers, lease.body.encode())
            if answer.status is not None:
                span.set_attribute("http.response.status_code", answer.status)
            if answer.error is not None:
                tracing.failed(span, str(answer.status or "no answer"))
            return answer

    async def _signing(self, client_id: str) -> list[str]:
        """The secrets to sign with, one at least. Raises SealBroken or SecretMissing."""
        try:
            secrets = await self._secrets.valid(client_id)
        except SealBroken:
            self._sealed[client_id] = time.monotonic()
            raise
        self._sealed.pop(client_id, None)
        if not secrets:
            raise SecretMissing
        return secrets

    async def _tell(self, fact: WebhookEvent, lease: DeliveryLease) -> None:
        """Waits until the log takes it: what was posted must not be posted again for want of a fact."""
        try:
            while True:
                try:
                    await self._log.append(fact)
                    return
                except (LogUnavailable, OutcomeUnknown, AppendFailed) as error:
                    self._untold[lease.delivery_id] = repr(error)
                    log.warning("the log doesn't take the fact, it is told again", error=repr(error))
                    await asyncio.sleep(self._settings.poll_s)
        finally:
            self._untold.pop(lease.delivery_id, None)

    async def _give_back_quietly(self, lease: DeliveryLease, *, after_s: float, untried: bool = False) -> None:
        give_back = self._queue.give_back_untried if untried else self._queue.give_back
        try:
            await give_back(lease, after_s=after_s)
        except POSTGRES_AWAY:
            log.warning("the lease runs out by itself", delivery=lease.delivery_id)


def _seconds_after(lease: DeliveryLease) -> float:
    """As after a failed try, but without an end: it isn't the endpoint's fault, and no fact says that it was tried."""
    wait = wait_ms(lease.delivery_id, lease.attempt)
    return (LONGEST_MS if wait is None else wait) / SECOND
