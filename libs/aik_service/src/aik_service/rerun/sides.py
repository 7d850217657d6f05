"""How a step ended: then, as the log tells it, or now."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aik_events.catalogue import JobFailed, StepResult
from aik_events.event import Frozen, Meta
from aik_events.track import Job

from aik_service.models import sha256_of
from aik_service.recipe import Recipe
from aik_service.rerun.comparing import FileSeen
from aik_service.rerun.moments import Moment
from aik_service.service import StepService
from aik_service.step import BadInput, StepOutput

FAILED = "job.failed"


class Side(Frozen):
    """How the step ended, then or now: an event's type and facts, the engine, the memo's folder and the files."""

    outcome: str
    facts: Mapping[str, Any]
    engine: Mapping[str, Any] | None
    recipe: str | None
    """Where what follows from these inputs, facts and engine lies; None where a failure left no file."""
    files: Mapping[str, FileSeen]

    @property
    def ending(self) -> Mapping[str, Any]:
        """The event's type and facts as one document."""
        return {"outcome": self.outcome, **self.facts}


def as_made(service: StepService, moment: Moment, recipe: Recipe, output: StepOutput) -> Side:
    """What the log would be told of this output."""
    facts = _facts(_result(service, moment, output))
    return _side(service.result.TYPE, facts, recipe, output.files)


def as_refused(recipe: Recipe, error: BadInput) -> Side:
    """What the log would be told of this refusal."""
    return _side(FAILED, {"code": error.code, "detail": error.detail, "qc": error.facts.get("qc")}, recipe, {})


def _side(outcome: str, facts: Mapping[str, Any], recipe: Recipe, files: Mapping[str, Path]) -> Side:
    seen = {kind: FileSeen(sha256=sha256_of(path), size_bytes=path.stat().st_size) for kind, path in files.items()}
    return Side(outcome=outcome, facts=facts, engine=recipe.engine.document, recipe=recipe.folder, files=seen)


def as_told(moment: Moment) -> Side | None:
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
    job, track = job_of(moment), moment.track
    meta = Meta(id="rerun", subject=track.id, time=datetime.now(UTC), source="aik/rerun", client_id=track.client_id)
    about = {"job_id": job.id, "run": job.run, "step": service.step.value, "attempt": 0, "artefacts": {}}
    return service.result.model_validate({"meta": meta, **about, **output.facts})


def _facts(result: StepResult) -> Mapping[str, Any]:
    """What only results of this type have."""
    return result.model_dump(mode="json", by_alias=True, exclude=set(StepResult.model_fields))


def job_of(moment: Moment) -> Job:
    """The job that wanted the step."""
    job = moment.track.job
    if job is None:
        raise AssertionError(f"track {moment.track.id} has no job at offset {moment.offset}")
    return job
