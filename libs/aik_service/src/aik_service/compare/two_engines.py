"""Two engines of one step on the same stored inputs: each in a process of its own, one after the other."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_events.event import Frozen

from aik_service.by_name import load
from aik_service.differences import Differ, Measurements
from aik_service.engine_process.parent import EngineFailed, EngineProcess
from aik_service.inputs import downloaded
from aik_service.objects import Objects
from aik_service.recipe import Recipe, recipe_of
from aik_service.rerun.comparing import Difference, FileCompared, compared_file, differences
from aik_service.rerun.moments import Moment
from aik_service.rerun.sides import Side, as_made, as_refused, job_of
from aik_service.service import StepService
from aik_service.step import BadInput, StepInput, StepOutput

IDLE_S = 3600.0
"""A child is killed when its one step is done, and not before."""


class EngineUnfit(Exception):
    """One of the engines can't be loaded, or broke: there is nothing to compare. The message says why."""

    code = "engine-failed"


class Tried(Frozen):
    """What one engine made, and how long it took; `asked` is its name as it was asked for.

    `start_s` is from nothing to an engine that says who it is: its process, its libraries, and its model if it loads
    one before it is asked. `seconds` are the step's, with a model that is loaded at the first use. `speed` is how many
    times faster that is than the song plays; None where nobody knows how long the song is.
    """

    asked: str
    side: Side
    start_s: float
    seconds: float
    speed: float | None


class Comparison(Frozen):
    """`measured` is None where a side refused its input, or the service has no measures of its own."""

    track: str
    step: str
    version: int
    job: str
    run: int
    wanted_at: int
    wanted_time: datetime
    inputs: Mapping[str, str]
    first: Tried
    second: Tried
    outcome: tuple[Difference, ...]
    files: tuple[FileCompared, ...]
    measured: Measurements | None

    @property
    def identical(self) -> bool:
        """Whether outcome, facts and files are the same."""
        return not self.outcome and all(file.outcome == "identical" for file in self.files)


class Asked(Frozen):
    """An engine by the name that it was asked for by, and as `module:attribute`."""

    name: str
    loader: str


@dataclass(frozen=True)
class _Try:
    recipe: Recipe
    tried: Tried
    output: StepOutput | None


@dataclass(frozen=True)
class TwoEngines:
    """One service's step; the store is only read from. `begins` is told each engine's name before it works."""

    service: StepService
    objects: Objects
    begins: Callable[[str], None] = lambda name: None

    async def run(self, moment: Moment, first: Asked, second: Asked, out: Path | None) -> Comparison:
        """Outputs are left below `out`.

        Raises EngineUnfit for an engine that breaks, and BadInput for an input that is gone from the store.
        """
        with TemporaryDirectory(prefix=f"aik-{self.service.name}-compare-") as work:
            tries = []
            for number, asked in enumerate((first, second), 1):
                self.begins(asked.name)
                folder = Path(work) / str(number)
                folder.mkdir()
                tries.append(await self._tried(asked, moment, folder, None if out is None else out / str(number)))
            return self._comparison(moment, *tries)

    async def _tried(self, asked: Asked, moment: Moment, folder: Path, out: Path | None) -> _Try:
        """With inputs of its own, so that nobody depends on what another leaves of them."""
        engine = EngineProcess(self.service.handler, idle_s=IDLE_S)
        try:
            began = time.monotonic()
            recipe = recipe_of(self.service, moment.track, await engine.identity(asked.loader))
            start_s = time.monotonic() - began
            step = await downloaded(self.objects, recipe, folder)
            if out is not None:
                step = replace(step, out=out.with_name(f"{out.name}-{recipe.engine.name.replace(' ', '-')}"))
                step.out.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            output = await _output(engine, asked.loader, step)
            seconds = time.monotonic() - began
        except EngineFailed as error:
            raise EngineUnfit(f"{asked.name} can't be used: {error.log}") from error
        finally:
            await engine.kill()
        made = None if isinstance(output, BadInput) else output
        side = (
            as_refused(recipe, output)
            if isinstance(output, BadInput)
            else as_made(self.service, moment, recipe, output)
        )
        speed = _speed(moment.track.duration_ms or side.facts.get("durationMs"), seconds)
        tried = Tried(asked=asked.name, side=side, start_s=round(start_s, 2), seconds=round(seconds, 2), speed=speed)
        return _Try(recipe, tried, made)

    def _comparison(self, moment: Moment, first: _Try, second: _Try) -> Comparison:
        job = job_of(moment)
        return Comparison(
            track=moment.track.id,
            step=self.service.step.value,
            version=job.version,
            job=job.id,
            run=job.run,
            wanted_at=moment.offset,
            wanted_time=moment.time,
            inputs={kind: input.key for kind, input in first.recipe.inputs.items()},
            first=first.tried,
            second=second.tried,
            outcome=tuple(differences(first.tried.side.ending, second.tried.side.ending)),
            files=_files(first, second),
            measured=self._measured(first.output, second.output),
        )

    def _measured(self, first: StepOutput | None, second: StepOutput | None) -> Measurements | None:
        if first is None or second is None or self.service.differences is None:
            return None
        differ: Differ = load(self.service.differences)
        return differ(first, second)


async def _output(engine: EngineProcess, loader: str, step: StepInput) -> StepOutput | BadInput:
    """A refusal is an outcome like any other."""
    try:
        return await engine.handle(loader, step, lambda share: None)
    except BadInput as error:
        return error


def _speed(duration_ms: int | None, seconds: float) -> float | None:
    return None if duration_ms is None else round(duration_ms / 1000 / max(seconds, 0.001), 2)


def _files(first: _Try, second: _Try) -> tuple[FileCompared, ...]:
    """By hash, and documents field by field."""
    before, now = first.tried.side.files, second.tried.side.files
    found = [compared_file(kind, before.get(kind), now.get(kind)) for kind in sorted({*before, *now})]
    return tuple(_in_detail(file, first.output, second.output) for file in found)


def _in_detail(file: FileCompared, first: StepOutput | None, second: StepOutput | None) -> FileCompared:
    if file.outcome != "different" or first is None or second is None:
        return file
    paths = first.files[file.kind], second.files[file.kind]
    if any(path.suffix != ".json" for path in paths):
        return file
    one, other = (json.loads(path.read_bytes()) for path in paths)
    return file.model_copy(update={"differences": tuple(differences(one, other))})
