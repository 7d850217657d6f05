"""What a step makes: found where it was made before, else computed in the child and kept."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

from aik_events.event import Artefact

from aik_service import metrics, tracing
from aik_service.drafts import Drafts
from aik_service.engine_choice import EngineChoice
from aik_service.inputs import downloaded
from aik_service.memo import Manifest, Memo
from aik_service.objects import Objects
from aik_service.recipe import Recipe, recipe_of, recipe_of_kept
from aik_service.service import StepService
from aik_service.step import EngineIdentity, StepInput, StepOutput
from aik_service.task_queue import TaskLease


class StepTimeout(Exception):
    """The step took longer than its SLA: the engine was stopped."""

    code = "step-timeout"


class Computer(Protocol):
    """Runs the handler and one of the engines (`module:attribute`); stopped when its caller is cancelled.

    `begun` is called when it begins, which may be after others' calls, and again when it has to begin again.
    """

    async def identity(self, engine: str) -> EngineIdentity: ...
    async def handle(
        self, engine: str, step: StepInput, progress: Callable[[float], None], begun: Callable[[], None]
    ) -> StepOutput: ...


class Maker:
    """Inputs are downloaded to, and outputs written below, `work`."""

    def __init__(
        self,
        service: StepService,
        choice: EngineChoice,
        *,
        objects: Objects,
        drafts: Drafts,
        computer: Computer,
        work: Path,
    ) -> None:
        self._service = service
        self._choice = choice
        self._objects = objects
        self._memo = Memo(objects)
        self._drafts = drafts
        self._computer = computer
        self._work = work

    async def make(self, lease: TaskLease, progress: Callable[[float], None], *, limit_s: float) -> Manifest:
        """Raises BadInput, EngineFailed and StepTimeout, and whatever the outage of a server raises.

        The limit is for computing alone: a store that hangs has limits of its own, and is not the step's failure, nor
        is what others compute meanwhile that the engine's process has to end first.
        """
        engine = self._choice.engine_for(lease.track.quality)
        with tracing.span("get engine", about={"engine": self._service.name_of(engine)}):
            identity = await self._computer.identity(engine)
        recipe = recipe_of(self._service, lease.track, identity)
        found = await self._memo.find(recipe)
        if found is not None:
            return found
        self._work.mkdir(parents=True, exist_ok=True)  # Temporary folders are cleaned up by other people, too.
        folder = Path(mkdtemp(dir=self._work))
        try:
            with tracing.span("get inputs"):
                kept = await self._found_of_earlier(recipe)
                step = await downloaded(self._objects, recipe, folder, kept=kept.artefacts if kept else {})
            metrics.COMPUTED.labels(recipe.step).inc()
            output = await self._computed(engine, step, progress, limit_s, song_ms=lease.track.duration_ms)
            with tracing.span("put outputs"):
                if kept is None and output.kept and self._service.kept_by:
                    kept = await self._kept_for_later(recipe, output, lease)
                elif kept is not None and not step.kept:  # Spoiled: nothing of it is named again.
                    kept = None
                return await self._kept(recipe, output, lease, there=kept.artefacts if kept else {})
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _computed(
        self,
        engine: str,
        step: StepInput,
        progress: Callable[[float], None],
        limit_s: float,
        *,
        song_ms: int | None,
    ) -> StepOutput:
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(None)
        began = loop.time()

        def begun() -> None:
            nonlocal began
            began = loop.time()
            limit.reschedule(began + limit_s)

        try:
            async with limit:
                output = await self._computer.handle(engine, step, progress, begun)
        except TimeoutError as error:
            raise StepTimeout(f"the step was stopped after {limit_s:.0f} s") from error
        finally:
            took_s = loop.time() - began
            tracing.passed("compute", took_s, about={"engine": self._service.name_of(engine)})
            if limit.when() is not None:
                metrics.SLA_SHARE.labels(self._service.step.value).observe(took_s / limit_s)
        song_ms = song_ms or output.facts.get("duration_ms")  # Before it is separated nobody knows how long a song is.
        if song_ms:
            speed = metrics.SPEED.labels(self._service.step.value, self._service.name_of(engine))
            speed.observe(took_s / (song_ms / 1000))
        return output

    async def _found_of_earlier(self, recipe: Recipe) -> Manifest | None:
        by = self._service.kept_by
        return await self._memo.find(recipe_of_kept(recipe, by)) if by else None

    async def _kept_for_later(self, recipe: Recipe, output: StepOutput, lease: TaskLease) -> Manifest:
        """Stored first; if the process dies behind it, the next attempt finds it."""
        return await self._kept(recipe_of_kept(recipe, self._service.kept_by), StepOutput(output.kept), lease, there={})

    async def _kept(
        self, recipe: Recipe, output: StepOutput, lease: TaskLease, *, there: Mapping[str, Artefact]
    ) -> Manifest:
        """If the process dies in here, the files are found by their draft."""
        attempt = f"{lease.attempt}-{lease.id.hex[:8]}"
        folder = f"{recipe.folder}/{attempt}"
        await self._drafts.note(folder, recipe.manifest_key, lease.id)
        manifest = await self._memo.keep(recipe, output, attempt_name=attempt, there=there)
        if not manifest.names(folder):  # Somebody else was faster.
            await self._objects.remove(await self._objects.keys(f"{folder}/"))
        await self._drafts.forget(folder)
        return manifest
