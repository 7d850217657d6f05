"""What a try came to, as facts compared whole."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aik_events.catalogue import WebhookAttemptFailed, WebhookDelivered, WebhookEndpointDisabled, WebhookExhausted
from aik_events.endpoint import PATIENCE
from aik_events.event import Meta
from aik_events.ids import derived
from aik_notifier.facts import disabling_of, fact_of
from aik_notifier.poster import Answer
from aik_notifier.queue import DeliveryLease
from aik_notifier.schedule import wait_ms
from aik_notifier.testing.story import TRACEPARENT

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
OK = Answer(latency_ms=12, status=200, body="ok")
BUSY = Answer(latency_ms=12, status=503, body="busy", error="http-503")
GONE = Answer(latency_ms=12, status=410, error="http-410")


def lease(attempt: int) -> DeliveryLease:
    return DeliveryLease(
        key=("dlv",),
        id=UUID(int=1),
        attempt=attempt,
        delivery_id="dlv",
        endpoint_id="end",
        client_id="cli",
        url="https://hooks.example.com",
        host="hooks.example.com",
        kind="track.ready",
        track_id="trk_1",
        opened_by="evt",
        traceparent=None,
        body="{}",
    )


def about(type_: str, attempt: int, answer: Answer) -> dict[str, object]:
    return {
        "meta": Meta(
            id=derived("dlv", type_, attempt),
            subject="end",
            time=NOW,
            source="aik/notifier",
            client_id="cli",
            causation_id="evt",
            traceparent=TRACEPARENT,
        ),
        "url": "https://hooks.example.com",
        "delivery_id": "dlv",
        "kind": "track.ready",
        "track_id": "trk_1",
        "attempt": attempt,
        "status": answer.status,
        "latency_ms": 12,
        "body": answer.body,
    }


def test_a_2xx_is_delivered() -> None:
    fact = fact_of(lease(1), OK, now=NOW, traceparent=TRACEPARENT)
    assert fact == WebhookDelivered.model_validate(about("webhook.delivered", 1, OK))


def test_a_failure_says_when_the_next_try_is() -> None:
    fact = fact_of(lease(2), BUSY, now=NOW, traceparent=TRACEPARENT)
    wait = {"error": "http-503", "retry_in_ms": wait_ms("dlv", 2)}
    assert fact == WebhookAttemptFailed.model_validate(about("webhook.attempt_failed", 2, BUSY) | wait)


@pytest.mark.parametrize(("attempt", "answer"), [(10, BUSY), (11, BUSY), (1, GONE)])
def test_nothing_is_tried_after_the_last_try_or_a_410(attempt: int, answer: Answer) -> None:
    fact = fact_of(lease(attempt), answer, now=NOW, traceparent=TRACEPARENT)
    expected = about("webhook.exhausted", attempt, answer) | {"error": answer.error}
    assert fact == WebhookExhausted.model_validate(expected)


def test_retry_after_is_honoured() -> None:
    answer = Answer(latency_ms=1, status=429, error="http-429", retry_after="60")
    fact = fact_of(lease(1), answer, now=NOW, traceparent=None)
    assert isinstance(fact, WebhookAttemptFailed)
    assert fact.retry_in_ms == 60_000


@pytest.mark.parametrize(("attempt", "is_last"), [(19, False), (20, True)])
def test_a_delivery_that_was_opened_again_has_ten_more_tries(attempt: int, is_last: bool) -> None:
    fact = fact_of(replace(lease(attempt), earlier_attempts=10), BUSY, now=NOW, traceparent=None)
    assert isinstance(fact, WebhookExhausted) == is_last


PATIENT, WORN_OUT = NOW - PATIENCE + timedelta(seconds=1), NOW - PATIENCE


@pytest.mark.parametrize(
    ("failing_since", "answer", "reason"),
    [
        (None, GONE, "gone"),
        (PATIENT, BUSY, None),
        (WORN_OUT, BUSY, "failing"),
        (WORN_OUT, OK, None),
        (None, BUSY, None),
    ],
)
def test_an_endpoint_is_disabled_when_it_is_gone_or_fails_for_five_days(
    failing_since: datetime | None, answer: Answer, reason: str | None
) -> None:
    tried = replace(lease(3), failing_since=failing_since)
    fact = disabling_of(tried, answer, now=NOW, traceparent=TRACEPARENT)
    meta = about("webhook.endpoint_disabled", 3, answer)["meta"]
    expected = {"meta": meta, "url": "https://hooks.example.com", "reason": reason}
    assert fact == (WebhookEndpointDisabled.model_validate(expected) if reason else None)
