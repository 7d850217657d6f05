"""One line of a 4-minute song is edited: seconds to its new times and to the new version, and the others' bytes."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_aligner.engine.whisper_pocketsphinx import load as aligner
from aik_aligner.handler import align
from aik_aligner.port import Aligner
from aik_events.pipeline import EARLIER_KARAOKE
from aik_lyrics import Karaoke, Lyrics, from_text, minted_by
from aik_lyrics.edits import edited
from aik_separator.engine.spleeter import load as separator
from aik_service.step import StepInput
from rich.console import Console
from rich.table import Table

from tests.bench.edit_versions import versions
from tests.bench.karaoke.cases import CASES
from tests.bench.karaoke.folder import ensure, truth_of
from tests.bench.suite import settle

SPEED_GOAL, SECONDS_GOAL = 10.0, 2.0


@dataclass(frozen=True)
class Edit:
    """Seconds with the earlier document and without it; how many of the other lines have the bytes that they had."""

    line: str
    edit_s: float
    whole_s: float
    others: int
    same: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.edit", description=__doc__)
    parser.add_argument("--song", default="en-long", choices=[case.name for case in CASES])
    parser.add_argument("--edits", type=int, default=3, help="lines that are edited one by one, spread over the song")
    parser.add_argument("--alone", action="store_true", help="the aligner alone, without the suite")
    arguments = parser.parse_args()
    settle()
    folder = ensure(next(case for case in CASES if case.name == arguments.song), separator(), anew=False)
    text, language = (folder / "lyrics.txt").read_text("utf-8"), truth_of(folder)["language"]
    lyrics = from_text(text, minted_by("bench"), language=language)
    texts = list(_texts(lyrics, arguments.edits))
    edits = list(_edits(folder, lyrics, texts))
    Console().print(_shown(folder.name, edits))
    if not arguments.alone:
        Console().print(asyncio.run(versions(folder / "mix.flac", text, language, texts)))
    sys.exit(0 if all(one.same == one.others for one in edits) else 1)


def _texts(lyrics: Lyrics, count: int) -> Iterator[str]:
    """The lyrics with one line's first word said twice, then with another line's besides, and so on."""
    lines = [line.text for line in lyrics.lines]
    sung = [n for n, line in enumerate(lyrics.lines) if line.words]
    for n in range(count):
        place = sung[(2 * n + 1) * len(sung) // (2 * count)]
        first, _, rest = lines[place].partition(" ")
        lines[place] = f"{first} {first.lower()} {rest}"
        yield "\n".join(lines)


def _edits(folder: Path, lyrics: Lyrics, texts: Sequence[str]) -> Iterator[Edit]:
    """The first alignment, of the whole song, warms the engine; every edit builds on the document before it."""
    engine = aligner()
    made, _ = _aligned(folder, lyrics, engine)
    for n, text in enumerate(texts):
        before, old = made, {line.text for line in lyrics.lines}
        lyrics = edited(lyrics, text, minted_by("edit", str(n)))
        made, edit_s = _aligned(folder, lyrics, engine, before)
        _, whole_s = _aligned(folder, lyrics, engine)
        [changed] = [line for line in lyrics.lines if line.text not in old]
        others = [line for line in Karaoke.from_json(before).lines if line.id != changed.id]
        yield Edit(changed.text, edit_s, whole_s, len(others), sum(line.to_json() in made for line in others))


def _aligned(folder: Path, lyrics: Lyrics, engine: Aligner, earlier: bytes | None = None) -> tuple[bytes, float]:
    """The karaoke document, and the seconds of the handler."""
    with TemporaryDirectory() as out:
        files = {kind: folder / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
        for kind, content in (("lyrics", lyrics.to_json()), (EARLIER_KARAOKE, earlier)):
            if content is not None:
                files[kind] = Path(out) / f"{kind}.json"
                files[kind].write_bytes(content)
        step = StepInput(track_id="bench", version=1, files=files, out=Path(out))
        began = time.perf_counter()
        made = align(step, engine, lambda _: None).files["karaoke"]
        return made.read_bytes(), time.perf_counter() - began


def _shown(song: str, edits: Sequence[Edit]) -> Table:
    table = Table(title=f"The aligner alone, warm, one line of {song} edited", caption=_verdict(edits))
    for column in ("edited line", "edit, s", "whole, s", "times faster", "other lines", "same bytes"):
        table.add_column(column, justify="left" if column == "edited line" else "right")
    for one in edits:
        numbers = f"{one.edit_s:.2f}", f"{one.whole_s:.2f}", f"{one.whole_s / one.edit_s:.1f}"
        table.add_row(one.line, *numbers, f"{one.others}", f"{one.same}")
    return table


def _verdict(edits: Sequence[Edit]) -> str:
    slowest = max(one.edit_s for one in edits)
    speed = min(one.whole_s / one.edit_s for one in edits)
    goals = [
        f"at least {speed:.1f} times faster (goal {SPEED_GOAL:g}: {'met' if speed >= SPEED_GOAL else 'missed'})",
        f"at most {slowest:.2f} s (goal {SECONDS_GOAL:g}: {'met' if slowest <= SECONDS_GOAL else 'missed'})",
    ]
    return "; ".join(goals)


if __name__ == "__main__":
    main()
