"""The state of an endpoint (a client's URL that webhooks go to), and its fold."""

from datetime import datetime, timedelta

from aik_events.catalogue import (
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookExhausted,
)
from aik_events.catalogue.webhooks import WebhookEvent
from aik_events.event import Event, Frozen
from aik_events.verdict import ACCEPTED, Verdict, rejected

PATIENCE = timedelta(days=5)
"""An endpoint that has failed for so long, with no success in between, is to be disabled."""

FAILING = "failing"


class Endpoint(Frozen):
    """`failing_since` is the first failure after the last success, or after it was enabled.

    What was told no later than either of these says nothing any more. In the same millisecond as well: else a repeat
    would count, and an endpoint that fails fails again.
    """

    id: str
    client_id: str = ""
    url: str = ""
    created_at: datetime | None = None
    healthy_at: datetime | None = None
    """The last success."""
    enabled_at: datetime | None = None
    """When it was enabled last, having been disabled."""
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def fresh_at(self) -> datetime | None:
        """Its last success, or when it was enabled since: its patience is whole then."""
        return max((at for at in (self.healthy_at, self.enabled_at) if at is not None), default=None)

    def is_healthy(self) -> bool:
        """It answered well the last time. Being enabled is no answer: that anybody can ask for."""
        return self.healthy_at is not None and self.failing_since is None and self.fresh_at == self.healthy_at

    def is_worn_out(self, now: datetime) -> bool:
        return self.failing_since is not None and now - self.failing_since >= PATIENCE


def evolve_endpoint(endpoint: Endpoint, event: Event) -> tuple[Endpoint, Verdict]:
    """The endpoint after this event; total.

    It remembers no event ids, since an endpoint lives for ever: the same event again changes nothing that counts.
    """
    if not isinstance(event, WebhookEvent):
        return endpoint, rejected("not-of-an-endpoint")
    known = endpoint.model_copy(
        update={
            "client_id": event.meta.client_id,
            "url": event.url,
            "created_at": endpoint.created_at or event.meta.time,
        }
    )
    return known.model_copy(update=_changed(known, event)), ACCEPTED


def _changed(endpoint: Endpoint, event: WebhookEvent) -> dict[str, object]:
    at = event.meta.time
    is_news = endpoint.fresh_at is None or at > endpoint.fresh_at
    match event:
        case WebhookDelivered() if is_news:
            return {"healthy_at": at, "failing_since": None}
        case WebhookAttemptFailed() | WebhookExhausted() if is_news:
            return {"failing_since": endpoint.failing_since or at}
        case WebhookEndpointDisabled() if is_news and not (event.reason == FAILING and _was_fresh(endpoint, at)):
            return {"disabled_at": endpoint.disabled_at or at, "disabled_reason": event.reason}
        case WebhookEndpointEnabled() if is_news and endpoint.disabled_at is not None:
            return {"enabled_at": at, "failing_since": None, "disabled_at": None, "disabled_reason": None}
        case _:
            return {}


def _was_fresh(endpoint: Endpoint, at: datetime) -> bool:
    """Within its patience: whoever found it worn out did not know of that yet."""
    return endpoint.fresh_at is not None and at - endpoint.fresh_at < PATIENCE
