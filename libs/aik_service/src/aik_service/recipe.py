"""What decides a step's output: its inputs, the facts that it reads, the engine; the memo's key."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aik_events.pipeline import Step
from aik_events.track import Job, Track

from aik_service.service import StepService
from aik_service.step import EngineIdentity


@dataclass(frozen=True)
class Input:
    """An object, and the word that stands for its bytes: its sha256, or for the source its key, never written twice."""

    key: str
    word: str


@dataclass(frozen=True)
class Recipe:
    track_id: str
    step: str
    inputs: Mapping[str, Input]
    facts: Mapping[str, Any]
    engine: EngineIdentity
    revision: int = 1

    @property
    def folder(self) -> str:
        """Where in the object store whatever follows from this recipe lies."""
        decided = {
            "inputs": {kind: input.word for kind, input in self.inputs.items()},
            "facts": dict(self.facts),
            "engine": [self.engine.name, self.engine.version, self.engine.weights_sha256],
            "parameters": dict(self.engine.parameters),
            "revision": self.revision,
        }
        digest = hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()
        return f"tracks/{self.track_id}/artefacts/{self.step}/{digest[:32]}"

    @property
    def manifest_key(self) -> str:
        return f"{self.folder}/manifest.json"


def recipe_of(service: StepService, track: Track, engine: EngineIdentity) -> Recipe:
    """The recipe of this service's step in the track's open job."""
    job = track.job
    if job is None or track.source is None:
        raise ValueError(f"track {track.id} has no job")
    known = {kind: Input(artefact.key, artefact.sha256) for kind, artefact in job.inputs.items()}
    known["source"] = Input(track.source.key, track.source.key)
    facts = _facts(track, job)
    return Recipe(
        track_id=track.id,
        step=service.step.value,
        inputs={kind: known[kind] for kind in sorted(_kinds(service.step, known))},
        facts={name: facts[name] for name in service.reads},
        engine=engine,
        revision=service.revision,
    )


def recipe_of_kept(recipe: Recipe, by: Collection[str]) -> Recipe:
    """Of what the step keeps: the other inputs and the facts don't count."""
    inputs = {kind: input for kind, input in recipe.inputs.items() if kind in by}
    return replace(recipe, step=f"{recipe.step}-kept", inputs=inputs, facts={})


def _kinds(step: Step, known: Collection[str]) -> frozenset[str]:
    return step.needs | step.takes.intersection(known)


def _facts(track: Track, job: Job) -> Mapping[str, Any]:
    """Everything that a handler may ask to read, by the names of StepInput."""
    return {
        "job_id": job.id,
        "version": job.version,
        "language": track.language,
        "title": track.title,
        "artist": track.artist,
        "duration_ms": track.duration_ms,
        "source_sha256": track.source.sha256 if track.source else None,
        "accept_qc": job.accept_qc,
        "engines": {step: made.model_dump(by_alias=True, mode="json") for step, made in track.made_with.items()},
    }
