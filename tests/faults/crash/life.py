"""A process that can be killed at any of its points: before and after every call that leaves it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any


class Killed(BaseException):
    """The process is dead: raised where it was, and by each of its ports from then on."""


class Life:
    """One process, as its ports see it. A point's name is the call's, with a number from its second time on."""

    def __init__(self, ends_at: str | None = None) -> None:
        self._ends_at = ends_at
        self._calls: Counter[str] = Counter()
        self.points: list[str] = []
        self.over = asyncio.Event()
        self.meanwhile: Mapping[str, Callable[[], Awaitable[None]]] = {}
        """What happens in the world before a call of this name returns."""

    def check(self) -> None:
        """Nothing of a process that is dead runs any further."""
        if self.over.is_set():
            raise Killed

    def reach(self, point: str) -> None:
        self.check()
        self._calls[point] += 1
        count = self._calls[point]
        self.points.append(point if count == 1 else f"{point} ({count})")
        if self.points[-1] == self._ends_at:
            self.end()

    def end(self) -> None:
        self.over.set()
        raise Killed

    @asynccontextmanager
    async def leaving(self, call: str) -> AsyncIterator[None]:
        self.reach(f"before {call}")
        yield
        if call in self.meanwhile:
            await self.meanwhile[call]()
        self.reach(f"after {call}")


async def live(life: Life, process: Coroutine[Any, Any, None]) -> None:
    """Runs until the process ends by itself or at its point, and every task that it has started has ended too."""
    others = asyncio.all_tasks()
    main, over = asyncio.create_task(process), asyncio.create_task(life.over.wait())
    await asyncio.wait((main, over), return_when=asyncio.FIRST_COMPLETED)
    main.cancel()
    over.cancel()
    while left := asyncio.all_tasks() - others:
        # Not cancelled: some of them bring connections back, which would be lost, and with them their locks.
        await asyncio.gather(*left, return_exceptions=True)
    if not life.over.is_set():
        main.result()
