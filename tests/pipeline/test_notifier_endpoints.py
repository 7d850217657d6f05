"""Endpoints that are disabled and enabled, deliveries that are asked for again, and tests: folded on real Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aik_events.catalogue import (
    Event,
    WebhookAttemptFailed,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.event import Meta
from aik_events.ids import derived, endpoint_id
from aik_events.topics import TRACKS, WEBHOOKS
from aik_notifier.facts import fact_of
from aik_notifier.room import Room, Standing
from aik_notifier.tables import DELIVERY
from aik_notifier.testing.story import Song
from sqlalchemy import select

from tests.pipeline.delivery_rounds import ROUNDS, events_of
from tests.pipeline.notifier_stack import BOTH, BUSY, OK, READY, SONG, Notifier, fact, lease_of, taken

URL = "https://hooks.example.com/aik"
ENDPOINT = endpoint_id("cli", URL)
NOW = datetime.now(UTC)


def meta(name: str, seconds: float = 0) -> Meta:
    return Meta(
        id=derived("asked", name),
        subject=ENDPOINT,
        time=NOW + timedelta(seconds=seconds),
        source="aik/test",
        client_id="cli",
    )


DISABLED = WebhookEndpointDisabled(meta=meta("disabled", -60), url=URL, reason="gone")
ENABLED = WebhookEndpointEnabled(meta=meta("enabled", -30), url=URL)


def asked_again(name: str = "again", seconds: float = 0) -> WebhookRedeliveryRequested:
    about = {"url": URL, "delivery_id": READY, "kind": "track.ready", "track_id": SONG.track_id}
    return WebhookRedeliveryRequested.model_validate({"meta": meta(name, seconds), **about})


@pytest.mark.parametrize("order", BOTH)
async def test_deliveries_of_a_disabled_endpoint_wait_until_it_is_enabled(
    notifier: Notifier, order: Sequence[str]
) -> None:
    other = Song("trk_other", url="https://other.example.com/")
    await notifier.append(DISABLED, *SONG.to_published(), *other.to_published())
    await notifier.fold(*order)
    lease = await taken(notifier.queue())
    assert lease is not None
    assert lease.track_id == "trk_other"
    assert await taken(notifier.queue()) is None
    await notifier.append(ENABLED)
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    assert lease.delivery_id == READY


@pytest.mark.parametrize("order", BOTH)
async def test_what_waits_for_its_next_try_is_due_at_once_when_its_endpoint_is_enabled(
    notifier: Notifier, order: Sequence[str]
) -> None:
    await notifier.append(*SONG.to_published(), fact(5, BUSY), DISABLED, ENABLED)
    await notifier.fold(*order)
    lease = await taken(notifier.queue())
    assert lease is not None
    assert lease.attempt == 6


async def test_enabling_what_was_not_disabled_brings_nothing_forward(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published(), DISABLED, ENABLED, fact(1, BUSY), ENABLED)
    await notifier.fold()
    assert await taken(notifier.queue()) is None


async def test_a_lease_says_how_its_endpoint_has_answered(notifier: Notifier) -> None:
    standings = []
    failed = fact(1, BUSY, Song("trk_busy"))
    failed = failed.model_copy(update={"meta": meta("failed", 3600)})
    gone = DISABLED.model_copy(update={"meta": meta("gone", 1800)})
    enabled = ENABLED.model_copy(update={"meta": meta("enabled later", 1801)})
    stories: list[list[Event]] = [[], [fact(1, OK, Song("trk_ok"))], [gone, enabled], [failed]]
    for n, before in enumerate(stories):
        song = Song(f"trk_{n}")
        await notifier.append(*before, *song.to_published())
        await notifier.fold()
        lease = await taken(notifier.queue())
        assert lease is not None
        standings.append((lease.standing, lease.failing_since is not None))
    assert standings == [
        (Standing.NEW, False),
        (Standing.HEALTHY, False),
        (Standing.NEW, False),
        (Standing.FAILING, True),
    ]


@pytest.mark.parametrize("order", BOTH)
@pytest.mark.parametrize("before", [[fact(1, OK)], [fact(10, BUSY)], [fact(3, BUSY)], []])
async def test_a_redelivery_is_due_at_once_whatever_came_before_and_attempts_count_on(
    notifier: Notifier, order: Sequence[str], before: Sequence[Event]
) -> None:
    await notifier.append(*SONG.to_published(), *before, asked_again())
    await notifier.fold(*order)
    lease = await taken(notifier.queue())
    assert lease is not None
    told = max((event.attempt for event in before), default=0)  # type: ignore[attr-defined]  # they are attempts
    assert (lease.delivery_id, lease.attempt, lease.earlier_attempts) == (READY, told + 1, told)


async def test_the_waits_begin_anew_with_a_redelivery(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published(), fact(10, BUSY), asked_again())
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    failed = fact_of(lease, BUSY, now=NOW, traceparent=None)
    assert isinstance(failed, WebhookAttemptFailed)
    assert 4_500 <= failed.retry_in_ms <= 5_500


@pytest.mark.parametrize("order", BOTH)
async def test_the_same_request_opens_a_delivery_once(notifier: Notifier, order: Sequence[str]) -> None:
    first, second = asked_again("first"), asked_again("second", 1)
    told = [fact(1, OK), first, fact(2, OK, opened_by=first), second, fact(3, OK, opened_by=second)]
    await notifier.append(*SONG.to_published(), *told, first, second)
    await notifier.fold(*order)
    assert await notifier.rows() == {READY: (3, "delivered", True)}


@pytest.mark.parametrize("order", BOTH)
@pytest.mark.parametrize("story", ROUNDS)
async def test_only_the_newest_request_decides_what_a_delivery_came_to(
    notifier: Notifier, order: Sequence[str], story: str
) -> None:
    told, outcome = ROUNDS[story]
    caused = meta("told").model_copy(update={"causation_id": SONG.published().meta.id})
    about = {"url": URL, "delivery_id": READY, "kind": "track.ready", "track_id": SONG.track_id}
    await notifier.append(*SONG.to_published(), *events_of(told, caused, about))
    await notifier.fold(*order)
    rows = await notifier.rows()
    assert rows[READY][1:] == (outcome, True)


async def test_the_try_after_one_in_flight_has_a_number_of_its_own_after_a_drop_too(notifier: Notifier) -> None:
    """Its fact's id follows from the number."""
    await notifier.append(*SONG.to_published(), fact(1, BUSY), asked_again(), fact(2, BUSY))
    await notifier.start_anew()
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    assert (lease.attempt, lease.earlier_attempts, lease.opened_by) == (3, 2, asked_again().meta.id)


async def test_a_try_that_began_before_the_request_does_not_put_the_redelivery_off(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    began_before = await taken(notifier.queue())
    assert began_before is not None
    await notifier.append(asked_again(), fact(1, BUSY))
    await notifier.fold()
    lease = await taken(notifier.queue("two"))
    assert lease is not None
    assert lease.attempt == 2
    assert not await notifier.queue().renew(began_before)


@pytest.mark.parametrize("order", BOTH)
async def test_nothing_is_redelivered_of_a_deleted_track(notifier: Notifier, order: Sequence[str]) -> None:
    await notifier.append(*SONG.to_published(), fact(1, OK), SONG.deleted(), asked_again())
    await notifier.fold(*order)
    assert await notifier.rows() == {READY: (1, "withdrawn", True)}


async def test_a_test_is_sent_once_to_the_url_that_it_names(notifier: Notifier) -> None:
    asked = WebhookTestRequested(meta=meta("test"), url=URL)
    await notifier.append(asked, asked)
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    expected = (derived(asked.meta.id, "webhook.test"), "webhook.test", URL, None)
    assert (lease.delivery_id, lease.kind, lease.url, lease.track_id) == expected
    assert await taken(notifier.queue()) is None


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_requests_and_facts_end_in_the_same_rows_in_any_batching(notifier: Notifier, size: int) -> None:
    first, second, third = (asked_again(name, n) for n, name in enumerate(("first", "second", "third")))
    events = [
        fact(1, BUSY),
        DISABLED,
        ENABLED,
        fact(10, BUSY),
        first,
        fact(11, BUSY, opened_by=first),
        second,
        fact(12, OK, opened_by=second),
        third,
        fact(13, BUSY, opened_by=third),
        fact(12, BUSY, opened_by=second),
    ]
    await notifier.append(*SONG.to_published())
    for start in range(0, len(events), size):
        await notifier.append(*events[start : start + size])
        await notifier.fold(WEBHOOKS)
    await notifier.fold(TRACKS)
    async with notifier.database.begin() as connection:
        columns = (DELIVERY.c.attempt, DELIVERY.c.earlier_attempts, DELIVERY.c.outcome, DELIVERY.c.redeliveries)
        rows = (await connection.execute(select(*columns))).all()
    assert [tuple(row) for row in rows] == [
        (13, 12, "exhausted", [derived("asked", n) for n in ("first", "second", "third")])
    ]


async def test_a_delivery_to_each_of_several_hosts_is_leased_in_one_take(notifier: Notifier) -> None:
    """Two of one host at most; who is passed over leaves its room to the others."""
    songs = [Song(f"trk_{n}", url=f"https://{'one' if n < 5 else 'two'}.example.com/") for n in range(7)]
    for song in songs:
        await notifier.append(*song.to_published())
    await notifier.fold()
    room = Room(senders=10, per_host=2)
    leases = await notifier.queue().take(room)
    assert sorted(lease.host for lease in leases) == ["one.example.com"] * 2 + ["two.example.com"] * 2
    assert room.is_short
    assert len({lease.id for lease in leases}) == 4
    assert lease_of(songs[0], 1).host == "one.example.com"
