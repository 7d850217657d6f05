"""What a rebuild refuses, and how the failures of its processes are told."""

import asyncio
from concurrent.futures.process import BrokenProcessPool

import pytest
from aik_events.envelope import Partition
from aik_gateway.rebuild.commands import REFUSED
from aik_gateway.rebuild.filling import Overtaken
from aik_gateway.rebuild.levelling import HeldTooLong
from aik_gateway.rebuild.rebuilding import AnotherRebuild, Lossy, refuse_loss
from aik_gateway.rebuild.refused import Refused
from aik_gateway.rebuild.sandboxes import UnknownSandbox
from aik_gateway.rebuild.workers import WorkerDied, all_ended


def test_a_switch_that_would_lose_a_record_is_refused() -> None:
    one, two = Partition("tracks", 0), Partition("tracks", 1)
    refuse_loss({one: 3}, {one: 3, two: 1})
    for reached in ({one: 2, two: 1}, {two: 1}):
        with pytest.raises(Lossy):
            refuse_loss({one: 3, two: 1}, reached)


async def test_a_failure_is_told_when_nobody_writes_any_more() -> None:
    loop = asyncio.get_running_loop()
    failed, running = loop.create_future(), loop.create_future()
    failed.set_exception(Overtaken("first"))
    ending = asyncio.ensure_future(all_ended([failed, running]))
    await asyncio.sleep(0)
    assert not (await asyncio.wait([ending], timeout=0.05))[0]
    running.set_result(None)
    with pytest.raises(Overtaken):
        await ending


async def test_a_killed_worker_is_told_as_such() -> None:
    broken = asyncio.get_running_loop().create_future()
    broken.set_exception(BrokenProcessPool())
    with pytest.raises(WorkerDied):
        await all_ended([broken])


def test_whatever_is_refused_has_a_code_of_its_own_and_a_sentence() -> None:
    kinds = Refused.__subclasses__()
    assert {AnotherRebuild, HeldTooLong, Overtaken, UnknownSandbox, WorkerDied} <= set(kinds)
    assert all(REFUSED[Refused](kind()).endswith(".") for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
