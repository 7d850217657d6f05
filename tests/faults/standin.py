"""Engines that make small but valid files in a moment; a song's own bytes say how long it takes and what goes wrong."""

import json
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from aik_lyrics import Alignment, Karaoke, Line, Lyrics, from_text, minted_by, untimed
from aik_publisher.files import FILES, KARAOKE, MANIFEST, SOUNDS, TEXTS, Song
from aik_publisher.manifest import manifest
from aik_service.step import BadInput, Engine, EngineIdentity, Progress, StepInput, StepOutput

from tests.faults.songs import LYRICS, REFUSED

TRIES = "AIK_FAULTS_TRIES"
"""A folder in which the tries of each song's steps are counted, so that a song can break once or twice."""
PARTS = 5
DURATION_MS, WORD_MS = 20_000, 333


class StandIn:
    """An engine without a model."""

    identity = EngineIdentity(name="standin", version="1")


def load() -> Engine:
    return StandIn()


def separate(step: StepInput, engine: StandIn, progress: Progress) -> StepOutput:
    """The stems carry the song's script on to the later steps."""
    script = _performed("separate", step.files["source"], step, progress)
    files = {kind: step.out / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    for kind, path in files.items():
        path.write_text(json.dumps({**script, "stem": kind}))
    return StepOutput(files, {"duration_ms": DURATION_MS})


def transcribe(step: StepInput, engine: StandIn, progress: Progress) -> StepOutput:
    _performed("transcribe", step.files["vocals"], step, progress)
    path = step.out / "lyrics.json"
    path.write_bytes(from_text(LYRICS, minted_by(step.job_id, str(step.version)), language="en").to_json())
    return StepOutput({"lyrics": path}, {"language": "en"})


def align(step: StepInput, engine: StandIn, progress: Progress) -> StepOutput:
    """Every word is a third of a second long."""
    _performed("align", step.files["vocals"], step, progress)
    document = untimed(Lyrics.from_json(step.files["lyrics"].read_bytes()), step.track_id, step.version, DURATION_MS)
    starts = iter(range(0, DURATION_MS, WORD_MS))
    lines = tuple(_sung(line, starts) for line in document.lines)
    alignment = Alignment(engine=engine.identity.name, coverage=1.0, confidence=0.9)
    path = step.out / "karaoke.json"
    path.write_bytes(document.model_copy(update={"lines": lines, "alignment": alignment}).to_json())
    return StepOutput({"karaoke": path}, {"coverage": 1.0, "confidence": 0.9})


def _sung(line: Line, starts: Iterator[int]) -> Line:
    words = tuple(
        word.model_copy(update={"start_ms": start, "end_ms": start + WORD_MS, "timing": "aligned", "confidence": 0.9})
        for word, start in zip(line.words, starts, strict=False)
    )
    times = {"start_ms": words[0].start_ms, "end_ms": words[-1].end_ms, "confidence": 0.9}
    return line.model_copy(update={**times, "words": words})


def check(step: StepInput, engine: StandIn, progress: Progress) -> StepOutput:
    _performed("check", step.files["vocals"], step, progress)
    qc = {"verdict": "pass", "score": 1.0, "codes": []}
    path = step.out / "qc.json"
    path.write_text(
        json.dumps({"schemaVersion": 1, **qc, "checked": sha256(step.files["karaoke"].read_bytes()).hexdigest()})
    )
    return StepOutput({"qc": path}, {"qc": qc})


def publish(step: StepInput, engine: StandIn, progress: Progress) -> StepOutput:
    _performed("publish", step.files["vocals"], step, progress)
    document = step.files["karaoke"].read_bytes()
    karaoke = Karaoke.from_json(document)
    (step.out / KARAOKE).write_bytes(document)
    sounds = dict(step.kept) or {name: step.out / name for name in SOUNDS}
    for name, sound in () if step.kept else SOUNDS.items():
        stem = step.files["vocals" if sound == "vocals" else "accompaniment"].read_bytes()
        sounds[name].write_bytes(f"{name} of ".encode() + stem)
    song = Song(karaoke, step.title, step.artist, sounds["minus.m4a"])
    for name, text in TEXTS.items():
        (step.out / name).write_bytes(text(song).encode())
    files = {name: sounds.get(name, step.out / name) for name in FILES}
    files[MANIFEST].write_bytes(manifest(step, karaoke, engine.identity, files, DURATION_MS))
    return StepOutput(files, {"version": karaoke.version}, kept=sounds)


def _performed(name: str, source: Path, step: StepInput, progress: Progress) -> dict[str, Any]:
    """Takes the time that the script says, then refuses, breaks or dies if the script says so."""
    script: dict[str, Any] = json.loads(source.read_text())
    for done in range(1, PARTS + 1):
        time.sleep(script["seconds"][name] / PARTS)
        progress(done / PARTS)
    if script.get("refuses") == name:
        raise BadInput(REFUSED, f"This song is refused by {name}: choose another one.")
    if _tries(f"{script['song']}-{step.track_id}-{name}") <= script.get("breaks", {}).get(name, 0):
        raise RuntimeError("as the song says")
    if _tries(f"{script['song']}-{step.track_id}-{name}-dead") <= script.get("dies", {}).get(name, 0):
        os._exit(3)
    return script


def _tries(of: str) -> int:
    """How many there were, this one included."""
    file = Path(os.environ[TRIES]) / of
    with file.open("ab") as tries:
        tries.write(b".")
    return file.stat().st_size
