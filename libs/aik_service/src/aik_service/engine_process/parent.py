"""The parent's side: starts the child when there is work, keeps it warm, kills it when it must stop."""

import asyncio
from collections.abc import Callable
from typing import Any

from aik_service.engine_process import messages
from aik_service.engine_process.company import Caller, Company, Loaded
from aik_service.step import EngineIdentity, StepInput, StepOutput

GRACE_S = 10.0
"""So long a withdrawn call may take to end, before it is killed and those beside it begin again.

Longer than a batch: who waits for its part of one does not hear that it is withdrawn before that has been computed.
"""
UNFINISHED = (messages.PROGRESS, messages.BEGUN["tell"])


class EngineFailed(Exception):
    """The engine broke or its process died: worth another attempt. Its message is for clients, `log` for operators."""

    code = messages.ENGINE_FAILED

    def __init__(self, detail: str, log: str | None = None) -> None:
        super().__init__(detail)
        self.log = log or detail


class OutOfMemory(EngineFailed):
    """The engine's process needed more memory than there is: give it more, or let fewer run at a time."""

    code = messages.OUT_OF_MEMORY


def nothing(*said: object) -> None:
    return


class EngineProcess:
    """One child with one engine at a time, which answers the calls of several callers together.

    Engines are `module:attribute`. When another one is asked for, the child ends first, as soon as its calls have, and
    its memory is back. Cancelling a call returns when nothing works on it any more: when it is alone, the child is
    killed at once; in company the call is asked to end, and if it has not within `grace_s`, the child is killed and the
    others begin again in a new one; nobody but that caller waits meanwhile. Who has lost its work three times to others
    begins alone. If a child dies in company, each of its calls is tried again alone, and likewise a call that lacked
    memory in company: what fails then has itself to blame.
    """

    def __init__(self, handler: str, *, idle_s: float, grace_s: float = GRACE_S, loaded: Loaded = nothing) -> None:
        self._company = Company(handler, idle_s=idle_s, loaded=loaded)
        self._grace_s = grace_s
        self._identities: dict[str, EngineIdentity] = {}

    async def identity(self, engine: str) -> EngineIdentity:
        """Asked of each engine's child once; it can't change while this process runs."""
        if engine not in self._identities:
            answer = await self._answer(self._company.ask(engine, messages.ask_identity))
            self._identities[engine] = messages.identity_of(answer)
        return self._identities[engine]

    async def handle(
        self,
        engine: str,
        step: StepInput,
        progress: Callable[[float], None],
        begun: Callable[[], None] = nothing,
    ) -> StepOutput:
        """Raises BadInput for what the handler refuses, EngineFailed for everything else.

        `begun` is called when a child begins to work on it, behind whatever it had to wait for; and again when it
        begins again, with `out` emptied.
        """
        caller = self._company.ask(engine, lambda number: messages.ask_handle(step, number), step.out)
        answer = await self._answer(caller, progress, begun)
        if answer["tell"] == messages.BAD_INPUT:
            raise messages.bad_input_of(answer)
        return messages.output_of(answer)

    async def kill(self) -> None:
        """The child is gone; calls that were not answered fail."""
        await self._company.end()

    async def _answer(
        self, caller: Caller, progress: Callable[[float], None] = nothing, begun: Callable[[], None] = nothing
    ) -> dict[str, Any]:
        try:
            while (said := await caller.said.get())["tell"] in UNFINISHED:
                if said["tell"] == messages.PROGRESS:
                    progress(said["share"])
                else:
                    begun()
        except BaseException:
            await self._leave(caller)
            raise
        finally:
            self._company.forget(caller)
        if said["tell"] == messages.FAILED:
            raise (OutOfMemory if said["code"] == OutOfMemory.code else EngineFailed)(said["detail"], said["log"])
        return said

    async def _leave(self, caller: Caller) -> None:
        """Returns when nothing works on it any more; cancelled meanwhile, at once, and the rest is seen to."""
        if not self._company.withdraw(caller):
            return
        try:
            async with asyncio.timeout(self._grace_s):
                await _end_of(caller)
        except TimeoutError:
            self._company.hurry(caller)
            await _end_of(caller)
        except BaseException:
            self._company.hurry(caller)
            raise


async def _end_of(caller: Caller) -> None:
    while (await caller.said.get())["tell"] in UNFINISHED:
        pass
