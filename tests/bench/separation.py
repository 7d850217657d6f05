"""The separator against the raw Spleeter model called by hand: how well both split the same songs, and how fast."""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from aik_audio.blocks import BLOCK
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_separator.engine.spleeter import SpleeterSeparator, load, prepare
from aik_separator.handler import separate_song
from aik_separator.settings import SeparatorSettings
from aik_service.step import StepInput
from rich.console import Console
from rich.table import Table

from tests.bench.karaoke.cases import CASES
from tests.bench.karaoke.folder import ensure
from tests.bench.raw_spleeter import DEEZERS, RawSpleeter
from tests.bench.suite import settle

SONGS = ("en-harbor-sung", "ru-clock-spoken", "ru-kitchen-sung", "en-winter-sung", "en-long", "ru-long")
STEMS = ("vocals", "minus")
WITHIN_DB, SPEED = 0.05, 0.95

Pair = tuple[Samples, Samples]
"""Vocals and minus."""


@dataclass(frozen=True)
class Seconds:
    """The best of the rounds: on the clock, and computed on all cores."""

    wall: float
    computed: float


@dataclass(frozen=True)
class Result:
    """SDR in dB of the vocals and the minus; seconds of ours and of the raw one, first without files, then with."""

    song: str
    duration_s: float
    ours_db: Sequence[float]
    raw_db: Sequence[float]
    average_db: Sequence[float]
    deezers_db: Sequence[float]
    alone: Sequence[Seconds]
    with_files: Sequence[Seconds]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.separation", description=__doc__)
    parser.add_argument("--songs", nargs="+", default=SONGS, metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts, after one that only warms")
    arguments = parser.parse_args()
    settle()
    engine, settings = load(), SeparatorSettings()
    raw = RawSpleeter(prepare(settings.models.expanduser()), threads=settings.threads)
    cases = [case for case in CASES if case.name in arguments.songs]
    results = [_measured(ensure(case, engine, anew=False), engine, raw, arguments.rounds) for case in cases]
    Console(width=110).print(_quality(results), "", _speed(results, settings.threads))


def _measured(folder: Path, engine: SpleeterSeparator, raw: RawSpleeter, rounds: int) -> Result:
    mix, *true = (samples_of(folder / f"{name}.flac") for name in ("mix", "voice", "backing"))

    def quality(pair: Pair) -> Sequence[float]:
        return [sdr(stem, found) for stem, found in zip(true, pair, strict=True)]

    with TemporaryDirectory() as out:
        step = StepInput(track_id="bench", files={"source": folder / "mix.flac"}, out=Path(out))
        return Result(
            song=folder.name,
            duration_s=len(mix) / SAMPLE_RATE,
            ours_db=quality(_ours(engine, mix)),
            raw_db=quality(raw.separate(mix, "zeros")),
            average_db=quality(raw.separate(mix, "average")),
            deezers_db=quality(raw.separate(mix, "zeros", DEEZERS)),
            alone=_timed([lambda: _ours(engine, mix), lambda: raw.separate(mix, "zeros")], rounds),
            with_files=_timed(
                [
                    lambda: separate_song(step, engine, lambda _: None, max_duration_s=1800),
                    lambda: _raw_files(raw, step),
                ],
                rounds,
            ),
        )


def sdr(true: Samples, found: Samples) -> float:
    """Of the whole song and both channels, in dB: the stem's energy over the error's.

    As in the Music Demixing Challenge (Mitsufuji et al., 2022, doi:10.3389/frsip.2021.808395): no filter, no scaling.
    """
    error = np.square(true - found, dtype=np.float64).sum()
    return float(10 * np.log10(np.square(true, dtype=np.float64).sum() / error))


def _ours(engine: SpleeterSeparator, mix: Samples) -> Pair:
    """From blocks to blocks, put together, as the raw one takes and gives the whole."""
    stems = list(engine.separate(mix[at : at + BLOCK] for at in range(0, len(mix), BLOCK)))
    return np.concatenate([one.vocals for one in stems]), np.concatenate([one.accompaniment for one in stems])


def _raw_files(raw: RawSpleeter, step: StepInput) -> None:
    pair = raw.separate(samples_of(step.files["source"]), "zeros")
    for name, samples in zip(STEMS, pair, strict=True):
        flac_of(samples, step.out / f"raw-{name}.flac")


def _timed(calls: Sequence[Callable[[], object]], rounds: int) -> Sequence[Seconds]:
    """They take turns, so that all meet the same machine."""
    took: list[list[Seconds]] = [[] for _ in calls]
    for _ in range(rounds + 1):
        for call, found in zip(calls, took, strict=True):
            wall, computed = time.perf_counter(), time.process_time()
            call()
            found.append(Seconds(time.perf_counter() - wall, time.process_time() - computed))
    return [Seconds(min(one.wall for one in t[1:]), min(one.computed for one in t[1:])) for t in took]


def _quality(results: Sequence[Result]) -> Table:
    differences = [ours - raw for one in results for ours, raw in zip(one.ours_db, one.raw_db, strict=True)]
    table = Table(title="SDR in dB", caption=_quality_verdict(differences))
    for column in ("", "length", "", "ours", "raw", "ours − raw", "above 11 kHz as ours", "Deezer's first frame"):
        table.add_column(column, justify="right" if column and column != "length" else "left")
    for one in results:
        columns = (one.ours_db, one.raw_db, one.average_db, one.deezers_db)
        for n, (stem, ours, raw, average, deezers) in enumerate(zip(STEMS, *columns, strict=True)):
            about = (one.song, f"{one.duration_s:.0f} s") if n == 0 else ("", "")
            numbers = (f"{ours:.3f}", f"{raw:.3f}", f"{ours - raw:+.3f}", f"{average:.3f}", f"{deezers:.3f}")
            table.add_row(*about, stem, *numbers, end_section=n == 1)
    return table


def _quality_verdict(differences: Sequence[float]) -> str:
    met = "met" if min(differences) >= -WITHIN_DB else "missed"
    spread = f"{min(differences):+.3f} to {max(differences):+.3f} dB"
    return f"ours − raw: {spread}; no stem worse by more than {WITHIN_DB} dB: {met}"


def _speed(results: Sequence[Result], threads: int) -> Table:
    table = Table(title=f"Seconds, {threads} threads", caption="\n".join(_speed_verdicts(results)))
    for column in ("", "ours", "raw", "computed: ours", "raw", "with files: ours", "raw", "computed: ours", "raw"):
        table.add_column(column, justify="right" if column else "left")
    for one in results:
        (ours, raw), (ours_files, raw_files) = one.alone, one.with_files
        cells = (ours.wall, raw.wall, ours.computed, raw.computed)
        files = (ours_files.wall, raw_files.wall, ours_files.computed, raw_files.computed)
        table.add_row(one.song, *(f"{seconds:.2f}" for seconds in (*cells, *files)))
    return table


def _speed_verdicts(results: Sequence[Result]) -> Iterator[str]:
    alone, files = [one.alone for one in results], [one.with_files for one in results]
    for about, pairs in (("decoded audio", alone), ("with decoding and encoding", files)):
        wall = sum(raw.wall for _, raw in pairs) / sum(ours.wall for ours, _ in pairs)
        computed = sum(raw.computed for _, raw in pairs) / sum(ours.computed for ours, _ in pairs)
        met = "met" if wall >= SPEED else "missed"
        yield f"{about}: {wall:.2f} × the raw one's speed (goal ≥ {SPEED}: {met}), {computed:.2f} × by what is computed"


if __name__ == "__main__":
    main()
