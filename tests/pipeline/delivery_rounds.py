"""Stories of a delivery that is asked for again, and what each must come to for everybody who folds its facts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from aik_events.catalogue import (
    Event,
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookExhausted,
    WebhookRedeliveryRequested,
)
from aik_events.event import Meta

ASKED: type[WebhookRedeliveryRequested] = WebhookRedeliveryRequested
FAILED, DELIVERED, EXHAUSTED = WebhookAttemptFailed, WebhookDelivered, WebhookExhausted


class Told(NamedTuple):
    """`round` is 0 before it was asked for again, and n of the n-th request and of the tries that it opened."""

    event: type[Event]
    round: int
    attempt: int = 0


ROUNDS: dict[str, tuple[Sequence[Told], str | None]] = {
    "it fails": ([Told(FAILED, 0, 1)], None),
    "it is delivered": ([Told(FAILED, 0, 1), Told(DELIVERED, 0, 2)], "delivered"),
    "a success stands against a failure": ([Told(DELIVERED, 0, 1), Told(EXHAUSTED, 0, 10)], "delivered"),
    "a late success stands too": ([Told(EXHAUSTED, 0, 10), Told(DELIVERED, 0, 9)], "delivered"),
    "a late failure opens nothing": ([Told(EXHAUSTED, 0, 10), Told(FAILED, 0, 9)], "exhausted"),
    "asked for again": ([Told(DELIVERED, 0, 1), Told(ASKED, 1)], None),
    "the last try in flight": ([Told(FAILED, 0, 9), Told(ASKED, 1), Told(EXHAUSTED, 0, 10)], None),
    "a success in flight": ([Told(ASKED, 1), Told(DELIVERED, 0, 1)], None),
    "what was in flight comes late": (
        [Told(ASKED, 1), Told(DELIVERED, 1, 11), Told(EXHAUSTED, 0, 10)],
        "delivered",
    ),
    "delivered again": ([Told(ASKED, 1), Told(EXHAUSTED, 0, 10), Told(DELIVERED, 1, 11)], "delivered"),
    "exhausted again": ([Told(DELIVERED, 0, 1), Told(ASKED, 1), Told(EXHAUSTED, 1, 11)], "exhausted"),
    "asked for twice": ([Told(ASKED, 1), Told(ASKED, 2), Told(DELIVERED, 1, 2)], None),
}


def events_of(told: Sequence[Told], meta: Meta, about: dict[str, Any]) -> list[Event]:
    """`meta` is the first one, with the message's event as its causation; `about` names the delivery."""
    return [_event(n, each, meta, about) for n, each in enumerate(told)]


def _event(n: int, told: Told, first: Meta, about: dict[str, Any]) -> Event:
    request = f"{first.id} request {told.round}"
    if told.event is ASKED:
        return ASKED.model_validate({"meta": first.model_copy(update={"id": request, "causation_id": None}), **about})
    cause = request if told.round else first.causation_id
    meta = first.model_copy(update={"id": f"{first.id} {n}", "causation_id": cause})
    tried = {"attempt": told.attempt, "latency_ms": 5, "error": "http-503", "retry_in_ms": 1}
    fields = {name: value for name, value in tried.items() if name in told.event.model_fields}
    return told.event.model_validate({"meta": meta, **about, **fields})
