"""One step run again in this process, on what it was given then, and compared with what was told of it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aik_events.catalogue import JobFailed, StepResult
from aik_events.event import Frozen, Meta
from aik_events.track import Job

from aik_service.engine_process.child import load
from aik_service.inputs import downloaded
from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects
from aik_service.recipe import Recipe, recipe_of
from aik_service.rerun.comparing import Difference, FileCompared, FileSeen, compared_file, differences
from aik_service.rerun.environment import engine_environment
from aik_service.rerun.moments import Moment
from aik_service.service import StepService
from aik_service.step import BadInput, Engine, StepOutput

FAILED = "job.failed"


class Side(Frozen):
    """How the step ended, then or now: an event's type and facts, the engine, the memo's folder and the files."""

    outcome: str
    facts: Mapping[str, Any]
    engine: Mapping[str, Any] | None
    recipe: str | None
    """Where what follows from these inputs, facts and engine lies; None where a failure left no file."""
    files: Mapping[str, FileSeen]


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
            then = _told(moment)
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
            refused = {"code": error.code, "detail": error.detail, "qc": error.facts.get("qc")}
            return _side(FAILED, refused, recipe, {}), {}
        facts = _facts(_result(self.service, moment, output))
        return _side(self.service.result.TYPE, facts, recipe, output.files), output.files

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
    job = _job(moment)
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
        outcome=tuple(differences(_outcome(before), _outcome(now))),
        engine=tuple(differences(before.engine, now.engine)) if before.engine else (),
        files=files,
    )


def _outcome(side: Side) -> Mapping[str, Any]:
    return {"outcome": side.outcome, **side.facts}


def _side(outcome: str, facts: Mapping[str, Any], recipe: Recipe, files: Mapping[str, Path]) -> Side:
    seen = {kind: FileSeen(sha256=sha256_of(path), size_bytes=path.stat().st_size) for kind, path in files.items()}
    return Side(outcome=outcome, facts=facts, engine=recipe.engine.document, recipe=recipe.folder, files=seen)


def _told(moment: Moment) -> Side | None:
    """What the log says of it; a result from before there was `madeWith` has no engine to compare."""
    if moment.told is None:
        return None
    event = moment.told.event
    if isinstance(event, JobFailed):
        failed = event.model_dump(mode="json", by_alias=True, include={"code", "detail", "qc"})
        return Side(outcome=FAILED, facts=failed, engine=None, recipe=None, files={})
    files = {k: FileSeen(sha256=a.sha256, size_bytes=a.size_bytes) for k, a in event.artefacts.items()}
    own = f"/artefacts/{event.step}/"  # others were kept by an earlier version
    folders = {artefact.key.rsplit("/", 2)[0] for artefact in event.artefacts.values() if own in artefact.key}
    engine = event.made_with.model_dump(mode="json", by_alias=True) if event.made_with else None
    recipe = folders.pop() if len(folders) == 1 else None
    return Side(outcome=event.type, facts=_facts(event), engine=engine, recipe=recipe, files=files)


def _result(service: StepService, moment: Moment, output: StepOutput) -> StepResult:
    """As it would be told, so that facts are compared as the log has them."""
    job, track = _job(moment), moment.track
    meta = Meta(id="rerun", subject=track.id, time=datetime.now(UTC), source="aik/rerun", client_id=track.client_id)
    about = {"job_id": job.id, "run": job.run, "step": service.step.value, "attempt": 0, "artefacts": {}}
    return service.result.model_validate({"meta": meta, **about, **output.facts})


def _facts(result: StepResult) -> Mapping[str, Any]:
    """What only results of this type have."""
    return result.model_dump(mode="json", by_alias=True, exclude=set(StepResult.model_fields))


def _job(moment: Moment) -> Job:
    job = moment.track.job
    if job is None:
        raise AssertionError(f"track {moment.track.id} has no job at offset {moment.offset}")
    return job
