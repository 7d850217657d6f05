"""What parent and child say to each other: one JSON object a line."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aik_service.step import BadInput, EngineIdentity, StepInput, StepOutput

IDENTIFY = {"ask": "identity"}


def ask_handle(step: StepInput) -> dict[str, Any]:
    fields = {**asdict(step), "files": {k: str(p) for k, p in step.files.items()}, "out": str(step.out)}
    return {"ask": "handle", "step": fields}


def step_of(message: dict[str, Any]) -> StepInput:
    fields = message["step"]
    files = {kind: Path(path) for kind, path in fields["files"].items()}
    return StepInput(**{**fields, "files": files, "out": Path(fields["out"])})


def tell_identity(identity: EngineIdentity) -> dict[str, Any]:
    return {"tell": "identity", "identity": {**asdict(identity), "parameters": dict(identity.parameters)}}


def tell_output(output: StepOutput) -> dict[str, Any]:
    return {
        "tell": "output",
        "files": {kind: str(path) for kind, path in output.files.items()},
        "facts": dict(output.facts),
    }


def output_of(message: dict[str, Any]) -> StepOutput:
    return StepOutput({kind: Path(path) for kind, path in message["files"].items()}, message["facts"])


def tell_bad_input(error: BadInput) -> dict[str, Any]:
    return {"tell": "bad-input", "code": error.code, "detail": error.detail, "facts": error.facts}


def bad_input_of(message: dict[str, Any]) -> BadInput:
    return BadInput(message["code"], message["detail"], **message["facts"])
