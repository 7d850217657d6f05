"""What the real aligner and transcriber make of a song, held against its true word times."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
from aik_aligner.handler import align
from aik_aligner.port import Aligner
from aik_asr.port import Transcriber
from aik_lyrics import Karaoke, Lyrics, from_text, minted_by
from aik_service.step import BadInput, StepInput

from tests.bench.karaoke.folder import truth_of
from tests.bench.karaoke.transcript import Transcript, heard, letters


@dataclass(frozen=True)
class Placed:
    """A word that is sung and pasted: its true start and the one that was found, in s; None if it has none."""

    true: float
    found: float | None
    confidence: float | None


@dataclass(frozen=True)
class Outcome:
    """`refused` is the code of a refusal. `unsung` are the pasted lines that nobody sings, `told` those that were
    told to be so, both by number; `foreign_ms` is the singing that was told to be in no line."""

    words: Sequence[Placed]
    duration_s: float
    work_s: float
    refused: str | None = None
    unsung: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    foreign_ms: int = 0
    agreement: float | None = None
    transcript: Transcript | None = None


@dataclass(frozen=True)
class Errors:
    """Of the words' starts, by mir_eval.alignment; times in s, shares 0…1; `lost` words have no time."""

    words: int
    mean: float
    median: float
    within: float
    over: float
    lost: int


def measure(folder: Path, engine: Aligner, transcriber: Transcriber | None, *, stem: str = "vocals") -> Outcome:
    """`stem` is the vocals that both get: the separator's, or `voice` as it was mixed."""
    truth = truth_of(folder)
    lyrics = from_text((folder / "lyrics.txt").read_text("utf-8"), minted_by("bench"), language=truth["language"])
    transcript = heard(folder, truth, transcriber, stem=stem) if transcriber else None
    started = time.perf_counter()
    duration_s = truth["durationMs"] / 1000
    unsung = frozenset(range(sum(bool(line.words) for line in lyrics.lines))) - {w["line"] for w in truth["words"]}
    try:
        karaoke = _aligned(folder, stem, lyrics, truth["durationMs"], engine)
    except BadInput as refusal:
        work_s = time.perf_counter() - started
        return Outcome((), duration_s, work_s, refused=refusal.code, unsung=unsung, transcript=transcript)
    lines = [line for line in karaoke.lines if line.words]
    return Outcome(
        words=[_placed(karaoke, word) for word in truth["words"] if word["line"] is not None],
        duration_s=duration_s,
        work_s=time.perf_counter() - started,
        unsung=unsung,
        told=frozenset(n for n, line in enumerate(lines) if not line.sung),
        foreign_ms=sum(part.end_ms - part.start_ms for part in karaoke.sections or () if part.kind == "vocal"),
        agreement=karaoke.alignment.agreement if karaoke.alignment else None,
        transcript=transcript,
    )


def errors(outcomes: Sequence[Outcome]) -> Errors | None:
    """Of all the songs' words, one song after the other; a word without a time counts at the word before it."""
    true: list[float] = []
    found: list[float] = []
    start = 0.0
    for outcome in outcomes:
        last = 0.0
        for word in outcome.words:
            last = max(last, min(word.found, outcome.duration_s)) if word.found is not None else last
            true.append(start + word.true)
            found.append(start + last)
        start += outcome.duration_s
    if not true:
        return None
    reference, estimated = np.array(true), np.array(found)
    median, mean = mir_eval.alignment.absolute_error(reference, estimated)
    within, near = (mir_eval.alignment.percentage_correct(reference, estimated, window=window) for window in (0.3, 1.0))
    lost = sum(word.found is None for outcome in outcomes for word in outcome.words)
    return Errors(len(true), float(mean), float(median), float(within), float(1 - near), lost)


def _aligned(folder: Path, stem: str, lyrics: Lyrics, duration_ms: int, engine: Aligner) -> Karaoke:
    with tempfile.TemporaryDirectory() as out:
        path = Path(out) / "lyrics.json"
        path.write_bytes(lyrics.to_json())
        files = {"vocals": folder / f"{stem}.flac", "lyrics": path}
        if stem == "vocals":
            files["accompaniment"] = folder / "accompaniment.flac"
        step = StepInput(track_id="bench", version=1, files=files, out=Path(out), duration_ms=duration_ms)
        return Karaoke.from_json(align(step, engine, lambda _: None).files["karaoke"].read_bytes())


def _placed(karaoke: Karaoke, true: Mapping[str, Any]) -> Placed:
    line = [line for line in karaoke.lines if line.words][true["line"]]
    word = line.words[true["word"]]
    if letters(word.text) != letters(true["text"]):
        raise ValueError(f"{word.text} is not {true['text']}")
    return Placed(true["startMs"] / 1000, None if word.start_ms is None else word.start_ms / 1000, word.confidence)
