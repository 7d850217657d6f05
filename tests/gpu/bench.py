"""How fast the production engines are: beside their tools' own command lines, and with songs together.

Of a tool's command line, a song takes what several songs take more than one: loading is left out on both sides. What
is measured of ours is the whole step in the service's engine process: decoding, the engine, encoding. A dry run is on a
CPU, with Whisper base and nets of random weights, and shows that this works: its figures say nothing about a GPU.
"""

import argparse
import asyncio
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aik_service.engine_process.parent import EngineProcess
from aik_service.step import StepInput

from tests.gpu.cases import NAMES, ROOT, Case, Models, cases, has_sentences, small_models
from tests.gpu.ffmpeg_stand_in import installed
from tests.gpu.songs import inputs, songs

GOAL = 0.95


@dataclass(frozen=True)
class Figures:
    """In s, a song each but for `together_s`, which is of all `songs`."""

    case: Case
    songs: int
    raw_s: float
    cold_s: float
    alone_s: float
    together_s: float
    same: bool

    @property
    def of_raw(self) -> float:
        """How fast the service is, where the tool alone is 1."""
        return self.raw_s / self.alone_s

    @property
    def of_alone(self) -> float:
        """How fast songs together are, where one by one is 1."""
        return self.songs * self.alone_s / self.together_s


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def raw_s(case: Case, given: Sequence[Path], out: Path) -> float:
    """A song more, by the tool's own command line."""
    one, all_ = (_timed_command(case.raw(some, out)) for some in (given[:1], given))
    return (all_ - one) / (len(given) - 1)


def _timed_command(command: Sequence[str]) -> float:
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 (ours)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.monotonic() - started


async def ours(case: Case, given: Sequence[Path], folder: Path) -> tuple[float, float, float, bool]:
    """The first song, which loads the engine; the mean of one by one; all together; and whether the bytes are equal."""
    process = EngineProcess(case.handler, idle_s=600)

    async def done(song: Path, out: Path) -> float:
        out.mkdir(parents=True)
        files = inputs(song, case.step)
        step = StepInput(track_id=song.stem, job_id="job", version=1, files=files, out=out, language="en")
        started = time.monotonic()
        await process.handle(case.engine, step, lambda share: None)
        return time.monotonic() - started

    try:
        cold = await done(given[0], folder / "cold")
        alone = [await done(song, folder / "alone" / song.stem) for song in given]
        started = time.monotonic()
        await asyncio.gather(*(done(song, folder / "together" / song.stem) for song in given))
        together = time.monotonic() - started
    finally:
        await process.kill()
    return cold, sum(alone) / len(alone), together, _hashes(folder / "alone") == _hashes(folder / "together")


def _hashes(folder: Path) -> Mapping[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def figures(case: Case, given: Sequence[Path], folder: Path, raw_songs: int) -> Figures:
    with environment({**case.settings, "HF_HUB_OFFLINE": "1", "ORT_DISABLE_TELEMETRY": "1"}):
        raw = raw_s(case, given[:raw_songs], folder / "raw")
        cold, alone, together, same = asyncio.run(ours(case, given, folder))
    return Figures(case, len(given), raw, cold, alone, together, same)


HEAD = ("engine", "tool alone", "service", "ratio", "first song", "one by one", "together", "ratio", "same bytes")


def table(found: Sequence[Figures]) -> Iterator[str]:
    """Seconds a song of the tool alone and of the service, and songs a minute one by one and together."""
    rows = [
        (
            each.case.name,
            f"{each.raw_s:.2f} s",
            f"{each.alone_s:.2f} s",
            f"{each.of_raw:.2f}",
            f"{each.cold_s:.1f} s",
            f"{60 / each.alone_s:.1f}/min",
            f"{60 * each.songs / each.together_s:.1f}/min",
            f"{each.of_alone:.2f}",
            "yes" if each.same else "NO",
        )
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    for row in (HEAD, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _asked(arguments)
    with tempfile.TemporaryDirectory() as made, environment({"PATH": _path_with_ffmpeg(Path(made))}):
        models = small_models(Path(made, "models")) if asked.dry_run else Models(asked.models.resolve())
        given = songs(Path(made), asked.songs, asked.seconds)
        found = [
            figures(case, given, Path(made, case.name), asked.raw_songs)
            for case in cases(models, "cpu" if asked.dry_run else "cuda")
            if case.name in asked.only and _has_model(case, models)
        ]
    print("\n".join(table(found)))
    if not has_sentences():
        print("The aligner stands beside the transcription of its tool alone: NLTK's punkt_tab is not there.")
    print(f"{asked.songs} songs of {asked.seconds:g} s. The goal of the first ratio is {GOAL} or more.")
    slow = [] if asked.dry_run else [each.case.name for each in found if each.of_raw < GOAL]
    other = [each.case.name for each in found if not each.same]
    for what, names in (("slower than that", slow), ("with other bytes in company", other)):
        if names:
            print(f"{what}: {', '.join(names)}")
    return 1 if slow or other or not found else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu.bench", description=__doc__)
    parser.add_argument("--models", type=Path, help="folder of verified models, as AIK_MODELS")
    parser.add_argument("--dry-run", action="store_true", help="on a CPU, with small models that are made for it")
    parser.add_argument("--songs", type=int, default=8, help="how many are done together")
    parser.add_argument("--raw-songs", type=int, default=4, help="how many the tool alone is given")
    parser.add_argument("--seconds", type=float, default=180, help="the length of each song")
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES, help="these engines alone")
    asked = parser.parse_args(arguments)
    if (asked.models is None) != asked.dry_run:
        parser.error("give a folder of models, or --dry-run")
    if not asked.dry_run and shutil.which("ffmpeg") is None:
        parser.error("whisperx's command line needs ffmpeg: put it on the PATH")
    return asked


def _path_with_ffmpeg(folder: Path) -> str:
    path = os.environ.get("PATH", os.defpath)
    return path if shutil.which("ffmpeg") else f"{installed(folder / 'bin')}{os.pathsep}{path}"


def _has_model(case: Case, models: Models) -> bool:
    there = (models.folder / case.model).is_dir()
    if not there:
        print(f"{case.name}: left out, since {models.folder} has no {case.model}")
    return there


if __name__ == "__main__":
    raise SystemExit(main())
