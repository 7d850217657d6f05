"""Facts about deliveries; the key is the endpoint, which is a client's URL."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Event


class WebhookEvent(Event):
    TOPIC: ClassVar[str] = topics.WEBHOOKS

    url: str


class DeliveryEvent(WebhookEvent):
    """About one delivery, named by its `webhook-id`."""

    delivery_id: str
    kind: str
    track_id: str | None = None


class AttemptEvent(DeliveryEvent):
    """One try: the status (None when no answer came), its latency, and the first KiB of the answer's body.

    Its causation is what had opened the delivery when the try began: the message's event, or a redelivery_requested.
    Only the tries of the newest request count, as nobody knows yet what comes of that one: whatever was in flight when
    it was made, a success too, decides nothing any more. Among those that count a success stands against all else.
    """

    attempt: int
    status: int | None = None
    latency_ms: int
    body: str = ""


class WebhookDelivered(AttemptEvent):
    TYPE = "webhook.delivered"


class WebhookAttemptFailed(AttemptEvent):
    TYPE = "webhook.attempt_failed"

    error: str
    retry_in_ms: int


class WebhookExhausted(AttemptEvent):
    TYPE = "webhook.exhausted"

    error: str


class WebhookRedeliveryRequested(DeliveryEvent):
    TYPE = "webhook.redelivery_requested"


class WebhookTestRequested(WebhookEvent):
    TYPE = "webhook.test_requested"


class WebhookEndpointDisabled(WebhookEvent):
    TYPE = "webhook.endpoint_disabled"

    reason: str


class WebhookEndpointEnabled(WebhookEvent):
    TYPE = "webhook.endpoint_enabled"
