"""Several calls in one child: does what `calls` decides, and lets each caller know what becomes of its call."""

import asyncio
import shutil
import signal
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from aik_service.engine_process import messages
from aik_service.engine_process.calls import Begin, Call, Calls, End, Start
from aik_service.engine_process.running import RunningChild, started

log = structlog.get_logger()
Loaded = Callable[[str, float], None]
"""Called with an engine and the seconds that it took to import, make and warm it up, whenever a child has."""


@dataclass(frozen=True)
class Caller:
    """Who asked. `said` gets whatever is told of the call; after what ends it, nothing works on it any more."""

    call: Call
    message: dict[str, Any]
    out: Path | None
    said: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)


class Company:
    """A task minds the child as long as there is one; it is nobody's in particular, so that no caller can end it."""

    def __init__(self, handler: str, *, idle_s: float, loaded: Loaded) -> None:
        self._handler = handler
        self._idle_s = idle_s
        self._loaded = loaded
        self._calls = Calls()
        self._callers: dict[int, Caller] = {}
        self._child: RunningChild | None = None
        self._changed = asyncio.Event()
        self._minding: asyncio.Task[None] | None = None
        self._is_ending = False

    def ask(self, engine: str, message: Callable[[int], dict[str, Any]], out: Path | None = None) -> Caller:
        call = self._calls.ask(engine)
        caller = self._callers[call.number] = Caller(call, message(call.number), out)
        self._stir()
        return caller

    def withdraw(self, caller: Caller) -> bool:
        """Whether a child works on it: then its end is still told."""
        is_running = self._calls.withdraw(caller.call)
        if is_running and self._child is not None:
            self._child.say(messages.cancel(caller.call.number))
        self._stir()
        return is_running

    def hurry(self, caller: Caller) -> None:
        """A withdrawn call that is still there is not waited for any longer."""
        self._calls.hurry(caller.call)
        self._stir()

    def forget(self, caller: Caller) -> None:
        del self._callers[caller.call.number]

    async def end(self) -> None:
        """The child is gone, and every call has failed.

        The task is told so, not cancelled: asyncio may wait for ever where the start of a process is cancelled.
        """
        if self._minding is not None and not self._minding.done():
            self._is_ending = True
            self._changed.set()
            await asyncio.wait({self._minding})

    def _stir(self) -> None:
        self._changed.set()
        if self._minding is None or self._minding.done():
            self._minding = asyncio.create_task(self._mind(), context=Context())

    async def _mind(self) -> None:
        """Ends when there is no child, and nobody who needs one."""
        try:
            while not self._is_ending and (self._child is not None or self._calls):
                match self._calls.next():
                    case Start(call):
                        await self._start(call)
                    case Begin(call):
                        self._begin(call)
                    case End():
                        await self._end_child()
                    case None:
                        await self._wait()
        finally:
            self._calls.clear()  # Nobody begins again,
            await self._end_child()
            self._calls.clear()  # nor whoever has asked meanwhile.
            self._is_ending = False
            for number in self._callers:
                self._say(number, messages.tell_ended("the engine's process was ended"))

    async def _wait(self) -> None:
        """For a change; without work not for ever: the warm model goes, and the next call starts a child again."""
        try:
            async with asyncio.timeout(None if self._calls else self._idle_s):
                await self._changed.wait()
        except TimeoutError:
            await self._end_child()
        self._changed.clear()

    async def _start(self, call: Call) -> None:
        try:
            heard = partial(self._heard, call.engine)
            self._child = await started(self._handler, call.engine, heard, self._ended)
        except OSError as error:
            self._give_up(call, "the engine's process can't be started", error)
        else:
            self._calls.started(call.engine)

    def _begin(self, call: Call) -> None:
        caller = self._callers[call.number]
        try:
            if call.tries > 0 and caller.out is not None:
                shutil.rmtree(caller.out)
                caller.out.mkdir()
        except OSError as error:
            return self._give_up(call, "what the engine had written can't be removed", error)
        self._calls.begin(call)
        self._say(call.number, messages.BEGUN)
        if self._child is not None:
            self._child.say(caller.message)

    def _give_up(self, call: Call, what: str, error: OSError) -> None:
        self._calls.drop(call)
        self._say(call.number, {**messages.tell_ended(what), "log": f"{what}: {error}"})

    async def _end_child(self) -> None:
        if self._child is not None:
            await self._child.end()

    def _heard(self, engine: str, message: dict[str, Any]) -> None:
        if message["tell"] == messages.LOADED:
            return self._loaded(engine, message["seconds"])
        number, tells = message["call"], message["tell"]
        if tells == messages.PROGRESS:
            return self._say(number, message)
        lacks_memory = tells == messages.FAILED and message["code"] == messages.OUT_OF_MEMORY
        if self._calls.answered(number, lacks_memory=lacks_memory):
            self._say(number, message)
        else:
            log.warning("a call lacked memory in company, and is tried again alone", detail=message["log"])
        self._changed.set()

    def _ended(self, status: int | None, *, by_us: bool) -> None:
        self._child = None
        ended = self._calls.ended(on_purpose=by_us)
        for call in ended.over:
            self._say(call.number, messages.WITHDRAWN if call.withdrawn else _death(status))
        if ended.again and by_us:
            log.info("calls begin again: one beside them did not end, and was killed", calls=len(ended.again))
        elif ended.again:
            log.warning("an engine's process died in company, its calls are tried again alone", status=status)
        self._changed.set()

    def _say(self, number: int, message: dict[str, Any]) -> None:
        """One whose caller was in a hurry to leave may have nobody who listens."""
        if number in self._callers:
            self._callers[number].said.put_nowait(message)


def _death(status: int | None) -> dict[str, Any]:
    if status is None:
        return messages.tell_ended("the engine's process said what can't be read")
    if status == -signal.SIGKILL:  # Not by us.
        detail = "the engine's process was killed, as the system does when memory runs out"
        return messages.tell_ended(detail, messages.OUT_OF_MEMORY)
    return messages.tell_ended(f"the engine's process ended with {status}")
