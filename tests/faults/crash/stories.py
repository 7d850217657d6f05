"""What befalls one song at the step service, told so that it can be told again after a kill."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aik_events.catalogue import JobCanceled, Source, TrackImported, TrackReprocessRequested
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.log.memory import MemoryLog
from aik_events.pipeline import steps_at_import, steps_following
from aik_events.topics import TRACKS
from aik_service.objects import Objects

from tests.faults.crash.life import Life, live
from tests.faults.crash.step_process import InlineComputer, StepProcess, World
from tests.pipeline.stack import meta

TRACK = "trk_1"
FIRST, SECOND = "job_1", "job_2"


async def song(log: MemoryLog, objects: Objects, text: str) -> None:
    """A track that was imported, its source in the store."""
    key = f"assets/{TRACK}/source.txt"
    await objects.put(key, text.encode(), "text/plain")
    source = Source(asset_id="ast_1", key=key, filename="source.txt", size_bytes=len(text))
    steps = steps_at_import(has_lyrics=False)
    await log.append(TrackImported(meta=meta(TRACK), job_id=FIRST, source=source, steps=steps))


def told(log: MemoryLog) -> Sequence[Event]:
    return [decode(record) for record in log.slice_of(log.partition_of(TRACKS, TRACK), 0)]


async def nothing_before(world: World) -> None:
    await song(world.log, world.objects, "la la")


async def an_engine_that_breaks_once(world: World) -> None:
    await nothing_before(world)
    world.computer = InlineComputer(breaks=1)


async def a_song_that_is_refused(world: World) -> None:
    await song(world.log, world.objects, "refuse")


async def a_step_that_was_done_before(world: World) -> None:
    """By another job, which went no further."""
    await nothing_before(world)
    life = Life()
    await live(life, StepProcess(life, world).run())
    await world.log.append(JobCanceled(meta=meta(TRACK), job_id=FIRST))
    again = TrackReprocessRequested(meta=meta(TRACK), job_id=SECOND, steps=steps_following(["separate", "transcribe"]))
    await world.log.append(again)


async def a_worker_that_fell_silent(world: World) -> None:
    await nothing_before(world)
    life = Life(ends_at="after append job.step_started")
    await live(life, StepProcess(life, world).run())
    await world.let_leases_run_out()


@dataclass(frozen=True)
class Story:
    """`before` is the world that the process is started in; `canceled_in` the call during which its job is canceled."""

    before: Callable[[World], Awaitable[None]]
    ends_with: str
    canceled_in: str | None = None
    is_new_from_the_start: bool = False
    """Else it begins as the first story does, whose points need not be tried again."""

    def begun(self, life: Life, world: World) -> StepProcess:
        process = StepProcess(life, world)

        async def cancel() -> None:
            await world.log.append(JobCanceled(meta=meta(TRACK), job_id=FIRST))
            await process.fold()
            await asyncio.Event().wait()

        if self.canceled_in is not None:
            life.meanwhile = {self.canceled_in: cancel}
        return process


STORIES = {
    "it is done": Story(nothing_before, "track.separated"),
    "the engine breaks once": Story(an_engine_that_breaks_once, "track.separated"),
    "the song is refused": Story(a_song_that_is_refused, "job.failed"),
    "it is canceled while it computes": Story(nothing_before, "job.canceled", canceled_in="computing"),
    "it is canceled while it sends files": Story(nothing_before, "job.canceled", canceled_in="put accompaniment.txt"),
    "it was done before": Story(a_step_that_was_done_before, "track.separated", is_new_from_the_start=True),
    "it is taken over": Story(a_worker_that_fell_silent, "track.separated", is_new_from_the_start=True),
}
