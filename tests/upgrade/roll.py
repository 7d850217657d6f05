"""The roll: service by service a new process comes up beside the old one, then the old one is told to end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.upgrade.fleet import API, Fleet, Running
from tests.upgrade.front import Front
from tests.upgrade.releases import Release

PROJECTOR = "gateway-projector"
READERS = ("separator", "asr", "aligner", "qc", "publisher", "notifier", PROJECTOR)
"""In the order in which they are replaced."""
WENT_BACK = "aligner"
"""The service that is put back to the old release once, and forward again."""

Dwell = Callable[[], Awaitable[None]]
"""Lets songs begin, and both releases work for a while."""


@dataclass
class Roll:
    """`told` is what was done, with the seconds since it began."""

    fleet: Fleet
    front: Front
    old: Release
    new: Release
    dwell: Dwell
    told: list[tuple[float, str]] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _old: dict[str, Running] = field(default_factory=dict)
    _new: dict[str, Running] = field(default_factory=dict)

    async def all_old(self) -> None:
        await asyncio.gather(*(self._up(self.old, name) for name in (*READERS, API)))
        await self.dwell()

    async def writers_first(self) -> None:
        """Against the rule: what writes the new version comes before those who read it."""
        await self._up(self.new, API)
        await self.dwell()
        await self._kill_the_old_api()
        await self.dwell()
        await self._one_by_one(READERS)
        await self._down(self._old, API)
        await self.dwell()

    async def readers_first(self) -> None:
        """By the rule: nobody is ever shown what he can't read."""
        await self._one_by_one((*READERS, API))
        await self.dwell()

    async def beside(self) -> None:
        """All of the new release is up and has folded before any of the old one ends; then the old api ends first."""
        await asyncio.gather(*(self._up(self.new, name) for name in READERS))
        await self._up(self.new, API)
        await self.dwell()
        await self.dwell()
        for name in (API, *READERS):
            await self._down(self._old, name)
        await self.dwell()

    async def _one_by_one(self, names: Sequence[str]) -> None:
        """While one service is in both releases, the new process of the next one starts already."""
        async with asyncio.TaskGroup() as group:
            coming = group.create_task(self._up(self.new, names[0]))
            for name, following in zip(names, (*names[1:], None), strict=True):
                await coming
                if following is not None:
                    coming = group.create_task(self._up(self.new, following))
                await self.dwell()
                await self._down(self._old, name)
                if name == WENT_BACK:
                    await self._back_and_forward(name)

    async def _back_and_forward(self, name: str) -> None:
        await self._up(self.old, name)
        await self._down(self._new, name)
        await self.dwell()
        await self._up(self.new, name)
        await self._down(self._old, name)

    async def _kill_the_old_api(self) -> None:
        """It comes up again though the new release has brought the private schema further than it knows."""
        killed = self._old.pop(API)
        self.front.apis.remove(killed)
        await self.fleet.kill(killed)
        self._tell(f"{API}: old killed")
        await self._up(self.old, API)

    async def _up(self, release: Release, name: str) -> None:
        mine = self._old if release is self.old else self._new
        mine[name] = await self.fleet.start(release, name)
        if name == API:
            self.front.apis.append(mine[name])
        self._tell(f"{name}: {release.name} up")

    async def _down(self, of: dict[str, Running], name: str) -> None:
        ending = of.pop(name)
        if name == API:
            self.front.apis.remove(ending)
        seconds = await self.fleet.stop(ending)
        self._tell(f"{name}: {ending.release} ended in {seconds:.1f} s")

    def _tell(self, what: str) -> None:
        self.told.append((time.monotonic() - self._began, what))
        print(f"{self.told[-1][0]:6.1f} s  {what}", flush=True)


def ways(roll: Roll) -> dict[str, Callable[[], Awaitable[None]]]:
    return {"writers-first": roll.writers_first, "readers-first": roll.readers_first, "beside": roll.beside}


DWELLS = {"writers-first": 12, "readers-first": 11, "beside": 4}
"""How many stages each of them has, the one with the old release alone included."""
