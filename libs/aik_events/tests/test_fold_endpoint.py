"""The fold of an endpoint: failing since when, disabled, enabled; and deaf to repeats."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aik_events.catalogue import (
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
)
from aik_events.endpoint import PATIENCE, Endpoint, evolve_endpoint
from aik_events.event import Event, Meta

URL = "https://hooks.example.com/aik"
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TRY: dict[str, Any] = {"delivery_id": "d", "kind": "track.ready", "url": URL, "attempt": 1, "latency_ms": 5}


def meta(minute: int) -> Meta:
    return Meta(
        id=f"event {minute}",
        subject="end_1",
        time=NOON + timedelta(minutes=minute),
        source="aik/test",
        client_id="cli",
    )


def failed(minute: int) -> Event:
    return WebhookAttemptFailed(meta=meta(minute), error="timeout", retry_in_ms=5_000, **TRY)


def delivered(minute: int) -> Event:
    return WebhookDelivered(meta=meta(minute), **TRY)


def disabled(minute: int) -> Event:
    return WebhookEndpointDisabled(meta=meta(minute), url=URL, reason="failing")


def gone(minute: int) -> Event:
    return WebhookEndpointDisabled(meta=meta(minute), url=URL, reason="gone")


def enabled(minute: int) -> Event:
    return WebhookEndpointEnabled(meta=meta(minute), url=URL)


def folded(*events: Event) -> Endpoint:
    endpoint = Endpoint(id="end_1")
    for event in events:
        endpoint, verdict = evolve_endpoint(endpoint, event)
        assert verdict.accepted
    return endpoint


def test_it_fails_since_the_first_failure_after_a_success() -> None:
    endpoint = folded(failed(1), delivered(2), failed(3), failed(4))
    assert endpoint.failing_since == NOON + timedelta(minutes=3)


def test_five_days_without_a_success_wear_it_out() -> None:
    endpoint = folded(failed(0))
    assert [endpoint.is_worn_out(NOON + PATIENCE + timedelta(seconds=s)) for s in (-1, 0)] == [False, True]


def test_enabled_again_it_has_its_patience_back() -> None:
    endpoint = folded(failed(1), disabled(2), enabled(3))
    assert (endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since) == (None, None, None)


def test_only_a_success_makes_it_healthy() -> None:
    stories = {
        "never called": [],
        "answered": [delivered(1)],
        "failed since": [delivered(1), failed(2)],
        "enabled": [disabled(1), enabled(2)],
        "enabled after its success": [delivered(1), gone(2), enabled(3)],
        "answered since": [gone(2), enabled(3), delivered(4)],
        "enabled though not disabled": [delivered(1), enabled(2)],
    }
    healthy = {name for name, story in stories.items() if folded(*story).is_healthy()}
    assert healthy == {"answered", "answered since", "enabled though not disabled"}
    assert folded(delivered(1), gone(2), enabled(3)).healthy_at == NOON + timedelta(minutes=1)


def test_enabling_what_is_not_disabled_changes_nothing() -> None:
    before = folded(failed(1))
    assert evolve_endpoint(before, enabled(2))[0] == before


def test_who_found_it_worn_out_before_it_was_enabled_does_not_disable_it() -> None:
    assert folded(failed(1), disabled(2), enabled(3), disabled(4)).disabled_at is None


@pytest.mark.parametrize("late", [failed(1), disabled(2)])
def test_what_was_told_before_says_nothing_after_a_success(late: Event) -> None:
    before = folded(failed(1), disabled(2), enabled(3))
    assert evolve_endpoint(before, late)[0] == before


def test_disabled_twice_keeps_its_first_time() -> None:
    assert folded(disabled(1), disabled(2)).disabled_at == NOON + timedelta(minutes=1)


def test_who_found_it_worn_out_before_its_last_success_does_not_disable_it() -> None:
    assert folded(failed(1), delivered(2), disabled(3)).disabled_at is None


def test_a_gone_endpoint_is_disabled_whatever_was_before() -> None:
    assert folded(delivered(2), gone(3)).disabled_reason == "gone"
