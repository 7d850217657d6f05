"""The state of an endpoint (a client's URL) and its fold; a delivery's own state is its row."""

from aik_events.catalogue import Event
from aik_events.catalogue.webhooks import WebhookEvent
from aik_events.event import Frozen
from aik_events.topics import WEBHOOKS
from aik_events.verdict import ACCEPTED, Verdict, rejected
from aik_service.folding import Fold


class Endpoint(Frozen):
    id: str
    client_id: str = ""
    url: str = ""


def evolve_endpoint(endpoint: Endpoint, event: Event) -> tuple[Endpoint, Verdict]:
    """Remembers no event ids, since an endpoint lives for ever: what follows from its facts must bear repeats."""
    if not isinstance(event, WebhookEvent):
        return endpoint, rejected("not-of-an-endpoint")
    return endpoint.model_copy(update={"client_id": event.meta.client_id, "url": event.url}), ACCEPTED


ENDPOINT_FOLD = Fold(WEBHOOKS, Endpoint, evolve_endpoint)
