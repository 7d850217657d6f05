"""The life of a process: what starts when, and in which order things end."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aik_events.log import LogUnavailable
from aik_service.process import patiently, run_together


class Hand:
    """A worker that has something at hand until it is let go."""

    def __init__(self, said: list[str], *, finishes: bool) -> None:
        self._said = said
        self._finishes = finishes
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        self._said.append("working")
        await self._stopped.wait()
        if not self._finishes:
            await asyncio.Event().wait()
        self._said.append("finished")

    def stop(self) -> None:
        self._stopped.set()


def part(said: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        said.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            said.append(f"{name} ended")

    return run


def hard_of_hearing(said: list[str]) -> Callable[[], Awaitable[None]]:
    """On Python 3.11 wait_for swallows a cancellation that comes together with what it waits for."""

    async def run() -> None:
        said.append("waiting")
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        said.append("swallowed")
        await asyncio.Event().wait()

    return run


async def test_a_part_that_swallowed_its_cancellation_is_cancelled_again() -> None:
    said: list[str] = []
    running = asyncio.create_task(run_together({"bell": hard_of_hearing(said)}, cleanup_s=0.05))
    await until(said, "waiting")
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await running
    assert said == ["waiting", "swallowed"]


async def until(said: list[str], word: str) -> None:
    async with asyncio.timeout(5):
        while word not in said:
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("finishes", "rest"), [(True, ["finished", "inbox ended", "ops ended"]), (False, ["inbox ended", "ops ended"])]
)
async def test_workers_end_before_everything_else_or_are_ended(finishes: bool, rest: list[str]) -> None:
    said: list[str] = []
    worker = Hand(said, finishes=finishes)
    running = asyncio.create_task(
        run_together({"inbox": part(said, "inbox")}, {"worker": worker}, ops=part(said, "ops"), grace_s=0.05)
    )
    await until(said, "working")
    del said[:]
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)
    assert sorted(said, key=rest.index) == rest
    assert not finishes or said[0] == "finished"


async def test_ops_answer_while_the_rest_waits_for_its_servers() -> None:
    said: list[str] = []
    here = asyncio.Event()

    async def prepare() -> None:
        await here.wait()
        said.append("prepared")

    running = asyncio.create_task(run_together({"inbox": part(said, "inbox")}, ops=part(said, "ops"), prepare=prepare))
    await until(said, "ops")
    assert said == ["ops"]
    here.set()
    await until(said, "inbox")
    assert said == ["ops", "prepared", "inbox"]
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)


async def test_a_part_that_breaks_ends_the_process_with_what_broke_it() -> None:
    said: list[str] = []

    async def breaks() -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await run_together({"inbox": part(said, "inbox"), "bad": breaks}, ops=part(said, "ops"))
    assert {"inbox ended", "ops ended"} <= {*said}


async def test_a_worker_that_breaks_while_it_is_given_time_is_not_hushed_up() -> None:
    said: list[str] = []

    class Breaks(Hand):
        async def run(self) -> None:
            await super().run()
            raise KeyError("broken")

    running = asyncio.create_task(run_together({}, {"worker": Breaks(said, finishes=True)}, grace_s=5))
    await until(said, "working")
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(KeyError):
        await asyncio.wait_for(running, 5)


async def test_what_can_not_be_prepared_ends_the_process_and_an_outage_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aik_service.process.PAUSE_S", 0)
    troubles: list[Exception] = [LogUnavailable("away"), ConnectionResetError(), KeyError("a mistake")]

    async def prepare() -> None:
        raise troubles.pop(0)

    with pytest.raises(ConnectionResetError):
        await patiently(prepare)
    with pytest.raises(KeyError):
        await asyncio.wait_for(run_together({"inbox": part([], "inbox")}, prepare=prepare), 5)
