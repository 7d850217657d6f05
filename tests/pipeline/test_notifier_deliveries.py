"""Deliveries on real Postgres: opened once, closed by facts in any order, tried by one sender at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from aik_events.event import Event
from aik_events.ids import derived
from aik_events.topics import TRACKS, WEBHOOKS
from aik_notifier.poster import Answer
from aik_notifier.queue import DeliveryLease
from aik_notifier.tables import DELIVERY
from aik_notifier.testing.story import Song
from aik_service.folding import ENDPOINT_FOLD, TRACK_FOLD
from sqlalchemy import select

from tests.pipeline.notifier_stack import BOTH, BUSY, OK, READY, SONG, Notifier, fact, lease_of, taken


async def test_each_accepted_event_opens_one_delivery(notifier: Notifier) -> None:
    edit = SONG.edited()
    await notifier.append(*SONG.to_published(), edit, SONG.published(), edit, SONG.failed())
    await notifier.fold()
    assert await notifier.rows() == {
        READY: (0, None, True),
        derived(edit.meta.id, "lyrics.updated"): (0, None, True),
    }


async def test_a_track_without_a_callback_opens_none(notifier: Notifier) -> None:
    await notifier.append(*Song(url=None).to_published())
    await notifier.fold()
    assert await notifier.rows() == {}


async def test_a_lease_carries_the_message_whole(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    expected = lease_of(SONG, 1)
    assert lease == DeliveryLease(**{**vars(expected), "id": lease.id})
    assert await taken(notifier.queue("two")) is None


async def test_a_lease_says_how_long_the_delivery_was_due(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    await notifier.make_due(timedelta(minutes=5))
    lease = await taken(notifier.queue())
    assert lease is not None
    assert 300 <= lease.waited_s < 330


@pytest.mark.parametrize("order", BOTH)
@pytest.mark.parametrize(
    ("facts", "row"),
    [
        ([fact(1, OK)], (1, "delivered", True)),
        ([fact(1, BUSY), fact(2, OK)], (2, "delivered", True)),
        ([fact(10, BUSY)], (10, "exhausted", True)),
        ([fact(1, OK), fact(2, BUSY)], (2, "delivered", True)),
        ([fact(1, OK), fact(10, BUSY)], (10, "delivered", True)),
        ([fact(1, OK), fact(1, OK)], (1, "delivered", True)),
    ],
)
async def test_facts_close_a_delivery_in_either_order(
    notifier: Notifier, order: Sequence[str], facts: Sequence[Event], row: object
) -> None:
    await notifier.append(*SONG.to_published(), *facts)
    await notifier.fold(*order)
    await notifier.make_due()
    assert await notifier.rows() == {READY: row}
    assert await taken(notifier.queue()) is None


@pytest.mark.parametrize("order", BOTH)
async def test_a_failed_attempt_is_tried_again_when_its_time_has_come(notifier: Notifier, order: Sequence[str]) -> None:
    await notifier.append(*SONG.to_published(), fact(1, BUSY))
    await notifier.fold(*order)
    assert await taken(notifier.queue()) is None
    await notifier.make_due()
    lease = await taken(notifier.queue())
    assert lease is not None
    assert lease.attempt == 2


async def test_a_delivery_that_could_not_be_signed_has_all_its_tries_left(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    first = await taken(notifier.queue())
    assert first is not None
    assert await notifier.queue().give_back_untried(first, after_s=60)
    assert await taken(notifier.queue()) is None
    await notifier.make_due()
    lease = await taken(notifier.queue())
    assert lease is not None
    assert (lease.attempt, lease.earlier_attempts) == (2, 1)
    assert not await notifier.queue().renew(first)


async def test_senders_at_once_take_different_deliveries(notifier: Notifier) -> None:
    for n in range(4):
        await notifier.append(*Song(f"trk_{n}").to_published())
    await notifier.fold()
    leases = await asyncio.gather(*(taken(notifier.queue(f"sender {n}")) for n in range(4)))
    assert {lease.track_id for lease in leases if lease is not None} == {"trk_0", "trk_1", "trk_2", "trk_3"}


async def test_a_fact_alone_is_nothing_to_send(notifier: Notifier) -> None:
    await notifier.append(fact(1, BUSY))
    await notifier.fold()
    await notifier.make_due()
    assert await taken(notifier.queue()) is None


async def test_a_deleted_track_withdraws_what_is_open(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published(), fact(1, OK), SONG.edited())
    await notifier.fold()
    lease = await taken(notifier.queue())
    assert lease is not None
    await notifier.append(SONG.deleted())
    await notifier.fold()
    edit = derived(SONG.edited().meta.id, "lyrics.updated")
    assert await notifier.rows() == {READY: (1, "delivered", True), edit: (1, "withdrawn", True)}
    assert not await notifier.queue().renew(lease)


@pytest.mark.parametrize("order", BOTH)
async def test_a_delivery_that_was_made_before_the_withdrawal_is_delivered(
    notifier: Notifier, order: Sequence[str]
) -> None:
    await notifier.append(*SONG.to_published(), SONG.deleted(), fact(1, OK))
    await notifier.fold(*order)
    assert await notifier.rows() == {READY: (1, "delivered", True)}


async def test_a_dropped_schema_sends_nothing_that_was_delivered(notifier: Notifier) -> None:
    other = Song("trk_2")
    await notifier.append(*SONG.to_published(), *other.to_published(), fact(1, OK))
    await notifier.fold()
    before = await notifier.rows()
    await notifier.start_anew()
    await notifier.fold(TRACKS)
    assert await taken(notifier.queue()) is None, "the facts are not folded yet"
    await notifier.fold(WEBHOOKS)
    assert await notifier.rows() == before
    lease = await taken(notifier.queue())
    assert lease is not None
    assert lease.track_id == "trk_2"
    assert await taken(notifier.queue()) is None


async def test_a_lease_that_ran_out_is_taken_over_and_the_stale_sender_changes_nothing(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    stale = await taken(notifier.queue("one"))
    fresh = await taken(notifier.queue("two", ttl_s=-1))
    assert stale is not None
    assert fresh is not None
    assert (stale.attempt, fresh.attempt) == (1, 2)
    one = notifier.queue("one")
    assert [await one.renew(stale), await one.park(stale), await one.give_back(stale, after_s=0)] == [False] * 3
    await notifier.append(fact(1, BUSY))
    await notifier.fold()
    assert await notifier.queue("two").renew(fresh), "the fact of an older try leaves the newer one alone"


@pytest.mark.parametrize("answer", [OK, BUSY, replace(BUSY, status=410)])
async def test_a_fact_that_is_folded_before_its_try_is_parked_leaves_nothing_parked(
    notifier: Notifier, answer: Answer
) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    queue = notifier.queue()
    lease = await taken(queue)
    assert lease is not None
    await notifier.append(fact(1, answer))
    await notifier.fold()
    assert not await queue.park(lease)
    async with notifier.database.begin() as connection:
        assert (await connection.execute(select(DELIVERY.c.parked, DELIVERY.c.lease_id))).all() == [(False, None)]


async def test_batches_of_both_topics_at_once_do_not_block_each_other(notifier: Notifier) -> None:
    """Each would hold what the other needs next, if the one in the middle made both wait."""
    low, middle, high = sorted((Song(f"trk_{n}") for n in range(3)), key=lambda song: lease_of(song, 1).delivery_id)
    await notifier.append(*(fact(1, BUSY, song) for song in (low, middle, high)))
    await notifier.fold()
    told = [fact(2, OK, middle), fact(2, BUSY, high)]
    ready = [event for song in (low, middle, high) for event in song.to_published()]
    async with asyncio.TaskGroup() as group, notifier.database.begin() as held:
        row = DELIVERY.c.id == lease_of(middle, 1).delivery_id
        await held.execute(select(DELIVERY.c.id).where(row).with_for_update())
        group.create_task(notifier.apply(TRACK_FOLD, ready))
        await notifier.until_waiting(1)
        group.create_task(notifier.apply(ENDPOINT_FOLD, told))
        await notifier.until_waiting(2)
    rows = await notifier.rows()
    assert [rows[lease_of(song, 1).delivery_id] for song in (low, middle, high)] == [
        (1, None, True),
        (2, "delivered", True),
        (2, None, True),
    ]


async def test_a_told_try_rests_until_its_fact_is_folded(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    queue = notifier.queue(ttl_s=-1)
    lease = await taken(queue)
    assert lease is not None
    assert await queue.park(lease)
    assert await taken(queue) is None
    await notifier.append(fact(1, BUSY))
    await notifier.fold()
    await notifier.make_due()
    again = await taken(queue)
    assert again is not None
    assert again.attempt == 2
