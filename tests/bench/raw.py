"""The baseline: the same handlers with the same engines in one process, one call after the other, nothing else."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aik_aligner.main import SERVICE as ALIGNER
from aik_asr.main import SERVICE as ASR
from aik_publisher.main import SERVICE as PUBLISHER
from aik_qc.main import SERVICE as QC
from aik_separator.main import SERVICE as SEPARATOR
from aik_service.by_name import load
from aik_service.service import StepService
from aik_service.step import Engine, StepInput, StepOutput

PIPELINE = (SEPARATOR, ASR, ALIGNER, QC, PUBLISHER)
STEPS = tuple(service.step.value for service in PIPELINE)


@dataclass(frozen=True)
class RawStep:
    service: StepService
    handler: Any
    engine: Engine


class RawPipeline:
    """Engines are loaded at the first song and stay warm."""

    def __init__(self) -> None:
        self._steps = [RawStep(service, load(service.handler), load(service.default_engine)()) for service in PIPELINE]

    def run(self, song: bytes) -> dict[str, float]:
        """The seconds of each step. Inputs and outputs are files, as a handler wants them."""
        with TemporaryDirectory() as folder:
            source = Path(folder) / "source.mp3"
            source.write_bytes(song)
            files, facts, seconds = {"source": source}, {"version": 1, "job_id": "job"}, {}
            for step in self._steps:
                began = time.perf_counter()
                output = _handle(step, files, facts, Path(folder) / step.service.name)
                seconds[step.service.step.value] = time.perf_counter() - began
                files, facts = {**files, **output.files}, {**facts, **output.facts}
            return seconds


def _handle(step: RawStep, files: Mapping[str, Path], facts: Mapping[str, Any], out: Path) -> StepOutput:
    out.mkdir()
    needed = {kind: path for kind, path in files.items() if kind in step.service.step.needs}
    read = {name: facts[name] for name in step.service.reads if name in facts}
    output: StepOutput = step.handler(
        StepInput(track_id="track", files=needed, out=out, **read), step.engine, lambda share: None
    )
    return output
