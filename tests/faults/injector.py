"""Does to the processes what the plan says."""

import asyncio
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from tests.faults.plan import Fault, Kind
from tests.faults.suite import SERVERS, FaultySuite

UP_WITHIN_S = 90.0
LOOK_EVERY_S = 0.05


class NeverCameBack(Exception):
    """A process did not get ready again: see its log in the folder that is kept."""


@dataclass
class Injector:
    """`done` counts the faults that were met; `deaf` those who did not end within their grace when told to."""

    suite: FaultySuite
    done: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    deaf: Counter[str] = field(default_factory=Counter)
    _busy: set[str] = field(default_factory=set)

    async def meet(self, fault: Fault, group: asyncio.TaskGroup) -> None:
        """Returns at once; a pause ends, and a termination is seen to, in the group. Raises NeverCameBack."""
        grace_s, stop_signal, process = await self._up(fault.process)
        with suppress(psutil.NoSuchProcess):
            match fault.kind:
                case Kind.KILL:
                    process.kill()
                case Kind.PAUSE:
                    self._busy.add(fault.process)
                    group.create_task(self._pause(fault, process))
                case Kind.TERMINATE:
                    process.send_signal(stop_signal)
                    self._busy.add(fault.process)
                    group.create_task(self._see_it_end(fault.process, process, grace_s))
            self.done[fault.process, fault.kind] += 1

    async def all_up(self) -> None:
        """Returns when every process is ready. Raises NeverCameBack."""
        for name in (*SERVERS, *self.suite.processes):
            await self._up(name)

    async def _up(self, name: str) -> tuple[float, signal.Signals, psutil.Process]:
        try:
            async with asyncio.timeout(UP_WITHIN_S):
                while name in self._busy or (found := self.suite.ready(name)) is None:
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise NeverCameBack(name) from error
        state, process = found
        return state.grace_s, signal.Signals(state.stop_signal), process

    async def _pause(self, fault: Fault, process: psutil.Process) -> None:
        """With all its children: the machine stands still, not one thread of it."""
        family = [process, *process.children(recursive=True)]
        try:
            _signal(family, signal.SIGSTOP)
            await asyncio.sleep(fault.pause_s)
        finally:
            _signal(family, signal.SIGCONT)
            self._busy.discard(fault.process)

    async def _see_it_end(self, name: str, process: psutil.Process, grace_s: float) -> None:
        try:
            await asyncio.to_thread(process.wait, grace_s)
        except psutil.TimeoutExpired:
            self.deaf[name] += 1
            process.kill()
        finally:
            self._busy.discard(name)


def _signal(family: list[psutil.Process], signum: signal.Signals) -> None:
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signum)
