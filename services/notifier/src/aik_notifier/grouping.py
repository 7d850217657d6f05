"""Doing together what many ask for at the same time, as one transaction commits for all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Got = TypeVar("Got")


class Grouped(Generic[Asked, Got]):
    """While one group is done, the next one gathers; whoever asked gets its own answer, or what broke its group.

    `do_all` answers in the order in which it was asked.
    """

    def __init__(self, do_all: Callable[[Sequence[Asked]], Awaitable[Sequence[Got]]]) -> None:
        self._do_all = do_all
        self._waiting: list[tuple[Asked, asyncio.Future[Got]]] = []
        self._doing: asyncio.Task[None] | None = None

    async def do(self, asked: Asked) -> Got:
        answer: asyncio.Future[Got] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._doing is None:
            self._doing = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._answer(group)
        finally:
            self._doing = None

    async def _answer(self, group: Sequence[tuple[Asked, "asyncio.Future[Got]"]]) -> None:
        [done] = await asyncio.gather(self._do_all([asked for asked, _ in group]), return_exceptions=True)
        for place, (_, answer) in enumerate(group):
            if answer.done():
                continue  # Who asked was cancelled.
            if isinstance(done, BaseException):
                answer.set_exception(done)
            else:
                answer.set_result(done[place])
