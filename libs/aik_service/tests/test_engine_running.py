"""A child's end is told once it is gone, whatever it has said before."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

import pytest
from aik_service.engine_process.running import Heard, RunningChild

TALKS_ON = "import time; print({line!r}, flush=True); print('{{}}\\n' * 1_000_000, flush=True); time.sleep(3600)"
"""More behind the line than a pipe holds: who does not read it does not notice the end."""


class Owner:
    """Keeps what it is told of a child's end, with the exit status that the child's process had by then."""

    def __init__(self, process: Process, heard: Heard) -> None:
        self.told: asyncio.Queue[tuple[int | None, int | None]] = asyncio.Queue()
        self.process = process
        self.child = RunningChild(process, heard, self.ended)

    def ended(self, status: int | None, /, *, by_us: bool) -> None:
        assert not by_us
        self.told.put_nowait((status, self.process.returncode))


async def told_of_one_that_says(line: str, heard: Heard) -> tuple[int | None, int | None]:
    """The status that is told, and the one that the process has by then: None while it is still there."""
    program = TALKS_ON.format(line=line)
    owner = Owner(await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=PIPE, stdout=PIPE), heard)
    async with asyncio.timeout(60):
        return await owner.told.get()


def understood(message: dict[str, Any]) -> None:
    assert message["call"] + 1


def broken(message: dict[str, Any]) -> None:
    raise RuntimeError(message)


@pytest.mark.parametrize("line", ["no JSON", "{}", "[]", "3", '{"call": "one"}'])
async def test_what_can_not_be_read_ends_the_child_and_is_told_when_it_is_gone(line: str) -> None:
    assert await told_of_one_that_says(line, understood) == (None, -9)


async def test_who_breaks_over_what_it_hears_is_told_when_the_child_is_gone() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # which is told what broke
    assert await told_of_one_that_says("{}", broken) == (None, -9)
