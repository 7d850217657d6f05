"""A song on the disk: mix, true stems, lyrics and word times, and the stems that the real separator makes of it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aik_audio.encode import encode_flac
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_separator.handler import Separator, separate_song
from aik_service.step import StepInput

from tests.bench.karaoke.cases import Case
from tests.bench.karaoke.song import Song, make

_LONGEST_S = 1200


def songs_folder() -> Path:
    return Path(os.environ.get("AIK_BENCH_SONGS", ".aik/bench/karaoke"))


def truth_of(folder: Path) -> Mapping[str, Any]:
    truth: Mapping[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return truth


def ensure(case: Case, separator: Separator, *, anew: bool) -> Path:
    """The song's folder; `truth.json` is written last, so a folder that has it is whole."""
    folder = songs_folder() / case.name
    if anew or not (folder / "truth.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "truth.json").unlink(missing_ok=True)
        _write(case, make(case), folder, separator)
    return folder


def _write(case: Case, song: Song, folder: Path, separator: Separator) -> None:
    for name, samples in (("voice", song.voice), ("backing", song.backing), ("mix", song.voice + song.backing)):
        _flac(folder / f"{name}.flac", samples)
    (folder / "lyrics.txt").write_text(song.lyrics, "utf-8")
    step = StepInput(track_id=case.name, files={"source": folder / "mix.flac"}, out=folder)
    separate_song(step, separator, lambda _: None, max_duration_s=_LONGEST_S)
    content = json.dumps(_truth(case, song), ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(content + "\n", "utf-8")


def _flac(path: Path, samples: Samples) -> None:
    with encode_flac(path) as write:
        write(samples)


def _truth(case: Case, song: Song) -> Mapping[str, Any]:
    return {
        "name": case.name,
        "language": case.language,
        "case": case.hard or case.how,
        "levelDb": case.level_db,
        "durationMs": round(len(song.backing) * 1000 / SAMPLE_RATE),
        "words": [
            {
                "text": word.text,
                "startMs": round(word.start * 1000),
                "endMs": round(word.end * 1000),
                "line": word.line,
                "word": word.word,
            }
            for word in song.words
        ],
    }
