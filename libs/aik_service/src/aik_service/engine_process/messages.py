"""What parent and child say to each other: one JSON object a line, about the call that it has the number of."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aik_events.environment import SettingsWrong

from aik_service.step import BadInput, EngineIdentity, EngineUnusable, StepInput, StepOutput

IDENTITY, HANDLE, CANCEL = "identity", "handle", "cancel"
PROGRESS, FAILED, BAD_INPUT = "progress", "failed", "bad-input"
WITHDRAWN = {"tell": "withdrawn"}
BEGUN = {"tell": "begun"}
LOADED = "loaded"
ENGINE_FAILED, OUT_OF_MEMORY = "engine-failed", "out-of-memory"


UNUSABLE = (EngineUnusable, SettingsWrong)
"""What says by itself what is wrong and what to do: no traceback adds to that."""


def ask_identity(call: int) -> dict[str, Any]:
    return {"ask": IDENTITY, "call": call}


def ask_handle(step: StepInput, call: int = 1) -> dict[str, Any]:
    paths = {"files": _names(step.files), "kept": _names(step.kept), "out": str(step.out)}
    return {"ask": HANDLE, "call": call, "step": {**asdict(step), **paths}}


def cancel(call: int) -> dict[str, Any]:
    return {"ask": CANCEL, "call": call}


def step_of(message: dict[str, Any]) -> StepInput:
    fields = message["step"]
    paths = {"files": _paths(fields["files"]), "kept": _paths(fields["kept"]), "out": Path(fields["out"])}
    return StepInput(**{**fields, **paths})


def tell_identity(identity: EngineIdentity) -> dict[str, Any]:
    return {"tell": "identity", "identity": {**asdict(identity), "parameters": dict(identity.parameters)}}


def identity_of(message: dict[str, Any]) -> EngineIdentity:
    return EngineIdentity(**message["identity"])


def tell_loaded(seconds: float) -> dict[str, Any]:
    """Of no call: said once, when the engine is ready."""
    return {"tell": LOADED, "seconds": seconds}


def tell_progress(share: float) -> dict[str, Any]:
    return {"tell": PROGRESS, "share": share}


def tell_output(output: StepOutput) -> dict[str, Any]:
    files, kept = _names(output.files), _names(output.kept)
    return {"tell": "output", "files": files, "facts": dict(output.facts), "kept": kept}


def output_of(message: dict[str, Any]) -> StepOutput:
    return StepOutput(_paths(message["files"]), message["facts"], _paths(message["kept"]))


def tell_bad_input(error: BadInput) -> dict[str, Any]:
    return {"tell": BAD_INPUT, "code": error.code, "detail": error.detail, "facts": error.facts}


def bad_input_of(message: dict[str, Any]) -> BadInput:
    return BadInput(message["code"], message["detail"], **message["facts"])


def tell_failed(error: BaseException, what: str) -> dict[str, Any]:
    """`detail` is for clients, and names neither paths nor what libraries say; `log` is for the operator."""
    code = OUT_OF_MEMORY if isinstance(error, MemoryError) else ENGINE_FAILED
    if isinstance(error, UNUSABLE):
        detail, log = f"{what} ({error.code}): the log of its service says why.", str(error)
    else:
        kind = type(error).__name__
        detail, log = f"{what} ({kind}): the log of its service has the traceback.", f"{kind}: {error}"
    return {"tell": FAILED, "code": code, "detail": detail, "log": log}


def tell_ended(detail: str, code: str = ENGINE_FAILED) -> dict[str, Any]:
    """Of a child that says nothing any more."""
    return {"tell": FAILED, "code": code, "detail": detail, "log": detail}


def _names(paths: Mapping[str, Path]) -> dict[str, str]:
    return {kind: str(path) for kind, path in paths.items()}


def _paths(names: Mapping[str, str]) -> dict[str, Path]:
    return {kind: Path(name) for kind, name in names.items()}
