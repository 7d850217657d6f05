"""Holding a lease: the work goes on while it is renewed, and stops when it is not."""

import asyncio
from collections.abc import Callable

import pytest
from aik_service.heartbeat import LeaseLost, while_held

LEASE_S = 0.06


class FakeLeases:
    """Renews as long as `answer` says so."""

    def __init__(self, answer: Callable[[int], bool]) -> None:
        self._answer = answer
        self.renewals = 0

    async def renew(self, lease: str) -> bool:
        self.renewals += 1
        return self._answer(self.renewals)


async def for_ever(ended: asyncio.Event) -> None:
    """But for five seconds, so that a lease that is never lost fails the test and doesn't hang it."""
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 5)
    finally:
        ended.set()


async def test_work_that_ends_gives_its_result() -> None:
    async def work() -> str:
        return "done"

    assert await while_held(work(), "lease", FakeLeases(lambda n: True), lease_s=LEASE_S) == "done"


async def test_work_that_breaks_raises_what_it_raised() -> None:
    async def work() -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await while_held(work(), "lease", FakeLeases(lambda n: True), lease_s=LEASE_S)


async def test_a_lost_lease_stops_the_work_before_it_is_told() -> None:
    ended = asyncio.Event()
    leases = FakeLeases(lambda n: n < 3)
    with pytest.raises(LeaseLost):
        await while_held(for_ever(ended), "lease", leases, lease_s=LEASE_S)
    assert (leases.renewals, ended.is_set()) == (3, True)


async def test_a_lease_that_can_not_be_renewed_is_lost_when_it_has_run_out() -> None:
    def away(renewal: int) -> bool:
        raise ConnectionError

    ended = asyncio.Event()
    with pytest.raises(LeaseLost):
        await while_held(for_ever(ended), "lease", FakeLeases(away), lease_s=LEASE_S)
    assert ended.is_set()


async def test_a_renewal_that_hangs_loses_the_lease() -> None:
    class Hanging(FakeLeases):
        async def renew(self, lease: str) -> bool:
            await asyncio.Event().wait()
            return True

    ended = asyncio.Event()
    with pytest.raises(LeaseLost):
        await while_held(for_ever(ended), "lease", Hanging(bool), lease_s=LEASE_S)
    assert ended.is_set()


async def test_a_cancelled_holder_stops_the_work() -> None:
    ended = asyncio.Event()
    holding = asyncio.create_task(while_held(for_ever(ended), "lease", FakeLeases(lambda n: True), lease_s=LEASE_S))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert ended.is_set()
