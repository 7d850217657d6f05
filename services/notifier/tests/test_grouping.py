"""Doing together what many ask for at the same time."""

import asyncio
from collections.abc import Sequence

import pytest
from aik_notifier.grouping import Grouped


class Doubling:
    """Notes the groups that it is asked for, and breaks at a zero."""

    def __init__(self) -> None:
        self.groups: list[Sequence[int]] = []

    async def all(self, asked: Sequence[int]) -> Sequence[int]:
        self.groups.append(asked)
        await asyncio.sleep(0)
        if 0 in asked:
            raise ValueError("zero")
        return [2 * each for each in asked]


async def test_what_is_asked_while_a_group_is_done_is_the_next_group() -> None:
    doubling = Doubling()
    grouped = Grouped(doubling.all)
    assert await asyncio.gather(*(grouped.do(n) for n in (1, 2, 3))) == [2, 4, 6]
    assert await grouped.do(4) == 8
    assert doubling.groups == [[1, 2, 3], [4]]


async def test_what_breaks_a_group_breaks_no_other() -> None:
    grouped = Grouped(Doubling().all)
    first, second = await asyncio.gather(grouped.do(0), grouped.do(1), return_exceptions=True)
    assert (str(first), str(second)) == ("zero", "zero")
    assert await grouped.do(1) == 2


async def test_who_is_cancelled_leaves_the_others_their_answer() -> None:
    grouped = Grouped(Doubling().all)
    asking = [asyncio.create_task(grouped.do(n)) for n in (1, 2)]
    await asyncio.sleep(0)
    asking[0].cancel()
    assert await asking[1] == 4
    with pytest.raises(asyncio.CancelledError):
        await asking[0]
