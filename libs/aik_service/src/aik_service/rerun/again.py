"""One step run again in this process, on what it was given then, and compared with what was told of it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_events.catalogue import StepResult
from aik_events.event import Frozen

from aik_service.by_name import load
from aik_service.inputs import downloaded
from aik_service.objects import ObjectMissing, Objects
from aik_service.recipe import Recipe, recipe_of
from aik_service.rerun.comparing import Difference, FileCompared, compared_file, differences
from aik_service.rerun.environment import engine_environment
from aik_service.rerun.moments import Moment
from aik_service.rerun.sides import Side, as_made, as_refused, as_told, job_of
from aik_service.service import StepService
from aik_service.step import BadInput, Engine, StepOutput


class Rerun(Frozen):
    """`told_at` is None, and there is nothing to compare, when nobody told how the step ended."""

    track: str
    step: str
    version: int
    job: str
    run: int
    wanted_at: int
    wanted_time: datetime
    told_at: int | None
    inputs: Mapping[str, str]
    then: Side | None
    now: Side
    outcome: tuple[Difference, ...]
    engine: tuple[Difference, ...]
    files: tuple[FileCompared, ...]

    @property
    def identical(self) -> bool | None:
        """Whether outcome, facts and files are the same; None when there is nothing to compare with."""
        if self.then is None:
            return None
        return not self.outcome and all(file.outcome == "identical" for file in self.files)


@dataclass(frozen=True)
class Again:
    """One service's step, run again; the store is only read from."""

    service: StepService
    objects: Objects
    engine: str
    """module:attribute"""

    def run(self, moment: Moment, out: Path | None, settings: Mapping[str, str]) -> Rerun:
        """Computes on the calling thread, with no event loop around it: a debugger stops wherever it likes.

        What the engine raises comes through, but for BadInput, which is an outcome; raises BadInput for an input that
        is gone from the store. Outputs are left in `out`.
        """
        with (
            engine_environment(self.service, settings),
            TemporaryDirectory(prefix=f"aik-{self.service.name}-rerun-") as work,
        ):
            engine: Engine = load(self.engine)()
            recipe = recipe_of(self.service, moment.track, engine.identity)
            now, made = self._computed(moment, recipe, engine, Path(work), out)
            then = as_told(moment)
            files = asyncio.run(self._compared(moment, then, now, made))
        return _rerun(self.service, moment, recipe, then, now, files)

    def _computed(
        self, moment: Moment, recipe: Recipe, engine: Engine, work: Path, out: Path | None
    ) -> tuple[Side, Mapping[str, Path]]:
        step = asyncio.run(downloaded(self.objects, recipe, work))
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            step = replace(step, out=out)
        try:
            output: StepOutput = load(self.service.handler)(step, engine, lambda share: None)
        except BadInput as error:
            return as_refused(recipe, error), {}
        return as_made(self.service, moment, recipe, output), output.files

    async def _compared(
        self, moment: Moment, then: Side | None, now: Side, made: Mapping[str, Path]
    ) -> tuple[FileCompared, ...]:
        before = {} if then is None else then.files
        found = [compared_file(k, before.get(k), now.files.get(k)) for k in sorted({*before, *now.files})]
        return tuple([await self._in_detail(file, moment, made) for file in found])

    async def _in_detail(self, file: FileCompared, moment: Moment, made: Mapping[str, Path]) -> FileCompared:
        if file.outcome != "different" or moment.told is None or not isinstance(moment.told.event, StepResult):
            return file
        key = moment.told.event.artefacts[file.kind].key
        if not key.endswith(".json"):
            return file
        try:
            then, now = json.loads(await self.objects.read(key)), json.loads(made[file.kind].read_bytes())
        except ObjectMissing:
            return file
        return file.model_copy(update={"differences": tuple(differences(then, now))})


def _rerun(
    service: StepService,
    moment: Moment,
    recipe: Recipe,
    then: Side | None,
    now: Side,
    files: tuple[FileCompared, ...],
) -> Rerun:
    job = job_of(moment)
    before = then or now
    return Rerun(
        track=moment.track.id,
        step=service.step.value,
        version=job.version,
        job=job.id,
        run=job.run,
        wanted_at=moment.offset,
        wanted_time=moment.time,
        told_at=None if moment.told is None else moment.told.offset,
        inputs={kind: input.key for kind, input in recipe.inputs.items()},
        then=then,
        now=now,
        outcome=tuple(differences(before.ending, now.ending)),
        engine=tuple(differences(before.engine, now.engine)) if before.engine else (),
        files=files,
    )
