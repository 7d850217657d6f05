"""Facts about deliveries; the key is the endpoint, which is a client's URL."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Event


class WebhookEvent(Event):
    TOPIC: ClassVar[str] = topics.WEBHOOKS
    SAID_BY: ClassVar[tuple[str, ...]] = ("gateway",)

    url: str
    """The endpoint's URL."""


class DeliveryEvent(WebhookEvent):
    """About one delivery, named by its `webhook-id`."""

    delivery_id: str
    """The delivery's `webhook-id`."""
    kind: str
    """What the message says, such as `track.ready`."""
    track_id: str | None = None
    """The track that it is about; none of a test."""


class AttemptEvent(DeliveryEvent):
    """One try: the status (None when no answer came), its latency, and the first KiB of the answer's body.

    Its causation is what had opened the delivery when the try began: the message's event, or a redelivery_requested.
    Only the tries of the newest request count, as nobody knows yet what comes of that one: whatever was in flight when
    it was made, a success too, decides nothing any more. Among those that count a success stands against all else.
    """

    SAID_BY: ClassVar[tuple[str, ...]] = ("notifier",)

    attempt: int
    """Counts from 1, on through redeliveries."""
    status: int | None = None
    """The HTTP status; null when no answer came."""
    latency_ms: int
    """How long the answer took, in ms."""
    body: str = ""
    """The first KiB of the answer."""


class WebhookDelivered(AttemptEvent):
    """The endpoint took the message: it answered with a 2xx status."""

    TYPE = "webhook.delivered"


class WebhookAttemptFailed(AttemptEvent):
    """The endpoint did not take the message, and it is tried again."""

    TYPE = "webhook.attempt_failed"

    error: str
    """Why, such as `http-503` or `timeout`."""
    retry_in_ms: int
    """How long until the next try, in ms."""


class WebhookExhausted(AttemptEvent):
    """The endpoint did not take the message in its last try, or said 410: it is given up."""

    TYPE = "webhook.exhausted"

    error: str
    """Why, such as `http-503` or `timeout`."""


class WebhookRedeliveryRequested(DeliveryEvent):
    """A client wants the message sent again; its tries begin anew."""

    TYPE = "webhook.redelivery_requested"


class WebhookTestRequested(WebhookEvent):
    """A client wants a test message sent to the endpoint."""

    TYPE = "webhook.test_requested"


class WebhookEndpointDisabled(WebhookEvent):
    """Nothing is sent to the endpoint from now on."""

    TYPE = "webhook.endpoint_disabled"
    SAID_BY: ClassVar[tuple[str, ...]] = ("notifier",)

    reason: str
    """`gone` after a 410, `failing` after five days of failures."""


class WebhookEndpointEnabled(WebhookEvent):
    """A client wants the endpoint called again: what waits for it is sent, its failures are forgotten."""

    TYPE = "webhook.endpoint_enabled"
