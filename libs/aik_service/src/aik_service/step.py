"""What a handler sees of a step: its inputs as files, its outputs as files and facts, and how it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

Progress = Callable[[float], None]
"""Called with the share of the step's work that is done, 0…1; cheap enough to call once a chunk.

Raises Withdrawn when nobody wants the step any more: call it often, at least once a second where that can be.
"""


class Withdrawn(BaseException):
    """The step was canceled, or took too long, while others run beside it: raised out of `progress`, and not caught.

    No Exception, so that no handler or engine takes it for a failure of its own; `finally` is the place to clean up. A
    step that has not ended within `AIK_ENGINE_WITHDRAW_S` is killed, and those beside it begin again.
    """


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the work, from one share of the whole to another."""
    return lambda share: progress(start + (end - start) * share)


@dataclass(frozen=True)
class StepInput:
    """One step of one job, with everything it reads already on the local disk.

    `files` maps an artefact's kind (`source`, `vocals`, `lyrics`, …) to its file; what a step takes only where it is
    there may be missing. `kept` is what the step kept when it last had these inputs (`StepService.kept_by`), all of it
    or nothing. `out` is an empty folder. Of the facts a handler sees those that its service declares
    (`StepService.reads`); the others keep their defaults, since what a handler reads decides its output and so belongs
    to the memo's key.
    """

    track_id: str
    files: Mapping[str, Path]
    out: Path
    kept: Mapping[str, Path] = field(default_factory=dict)
    job_id: str = ""
    version: int = 0
    language: str | None = None
    title: str | None = None
    artist: str | None = None
    duration_ms: int | None = None
    source_sha256: str | None = None
    accept_qc: bool = False
    engines: Mapping[str, Any] = field(default_factory=dict)
    """By the step that it did: {name, version, weightsSha256, parameters}."""


@dataclass(frozen=True)
class StepOutput:
    """`files` maps an artefact's kind to its file; `facts` are the fields of the step's result event.

    `kept` are the files for the next version, those that were made and those that were given.
    """

    files: Mapping[str, Path]
    facts: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Path] = field(default_factory=dict)


class BadInput(Exception):
    """The song or the lyrics can't be used: a final failure with a code and a sentence that says what to do."""

    def __init__(self, code: str, detail: str, **facts: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts = facts


class EngineUnusable(Exception):
    """The engine can't work with the device, the models or the settings that it has: a code, and what to do.

    The sentence is for whoever runs the service, and may name paths.
    """

    code: ClassVar[str]


@dataclass(frozen=True)
class EngineIdentity:
    """What decides an engine's output besides its inputs; part of the memo key, so a change of it computes anew."""

    name: str
    version: str
    weights_sha256: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> Mapping[str, Any]:
        """As events and manifests name it."""
        return {
            "name": self.name,
            "version": self.version,
            "weightsSha256": self.weights_sha256,
            "parameters": dict(self.parameters),
        }


class Engine(Protocol):
    """Known without loading anything heavy; the model is loaded at the first use, or by `Warmed.warm_up`.

    Where a service works on several jobs at a time (`AIK_JOBS`), one engine is used by as many threads at once.
    """

    @property
    def identity(self) -> EngineIdentity: ...


@runtime_checkable
class Warmed(Protocol):
    """An engine that is to have loaded its model, and computed once, before anything is asked of it."""

    def warm_up(self) -> None:
        """Called once, right after the engine was made. Raises EngineUnusable and MemoryError, as making it does."""


EngineT = TypeVar("EngineT", contravariant=True)


class Handler(Protocol[EngineT]):
    """Turns inputs into outputs; pure but for the files it is given. Raises BadInput and nothing else on purpose."""

    def __call__(self, step: StepInput, engine: EngineT, progress: Progress) -> StepOutput: ...
