"""The good songs: generated, separated and aligned by the real engines, and kept beside the benchmark's other songs."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from aik_aligner.handler import align
from aik_aligner.main import SERVICE as ALIGNER
from aik_aligner.port import Aligner
from aik_lyrics import Karaoke, from_text, minted_by
from aik_separator.handler import Separator
from aik_service.models import sha256_of
from aik_service.step import BadInput, StepInput

from tests.bench.karaoke.cases import Case
from tests.bench.karaoke.folder import ensure, songs_folder, truth_of

_GOOD: Sequence[Case] = (
    Case("harbor", "en", "en_harbor", 101, level_db=2),
    Case("river", "ru", "ru_river", 102, level_db=3),
    Case("engine", "en", "en_engine", 103, level_db=5, how="spoken", voices=("m3",)),
    Case("clock", "ru", "ru_clock", 104, level_db=5, how="spoken", voices=("m3",)),
    Case("train", "en", "en_train", 105, level_db=4, voices=("m3",)),
    Case("kitchen", "ru", "ru_kitchen", 106, level_db=4, voices=("m3",)),
    Case("winter", "en", "en_winter", 107, level_db=5, voices=("f3",)),
    Case("city", "ru", "ru_city", 108, level_db=5, voices=("f3",)),
    Case("garden", "en", "en_garden", 109, level_db=0),
    Case("field", "ru", "ru_field", 110, level_db=4),
    Case("letters", "en", "en_letters", 111, level_db=6, sung=(0, 1, 2)),
    Case("road", "ru", "ru_road", 112, level_db=3, how="spoken", sung=(0, 1, 2)),
    Case("carousel", "en", "en_carousel", 113, level_db=3, sung=(0, 1, 2), voices=("f3",)),
    Case("ships", "ru", "ru_ships", 114, level_db=5, sung=(0, 1), voices=("m3",)),
    Case("window", "en", "en_whisper", 115, level_db=6),
    Case("ships-later", "ru", "ru_ships", 116, level_db=3, how="spoken", sung=(3, 4)),
    Case("duet", "en", "en_duet", 117, level_db=5, voices=("f2", "m3")),
    Case("kitchen-told", "ru", "ru_kitchen", 118, level_db=0, how="spoken", voices=("f3",)),
    Case("lanterns", "en", "en_lanterns", 119, level_db=4, sung=(0, 1), voices=("m3",)),
    Case("city-told", "ru", "ru_city", 120, level_db=8, how="spoken", voices=("m3",)),
    Case("lanterns-later", "en", "en_lanterns", 121, level_db=0, how="spoken", sung=(3, None, 4)),
    Case("road-sung", "ru", "ru_road", 122, level_db=8, sung=(0, 2), voices=("m3",)),
    Case("harbor-told", "en", "en_harbor", 123, level_db=3, how="spoken", voices=("f3",)),
    Case("field-told", "ru", "ru_field", 124, level_db=4, how="spoken", voices=("m3",), intro_s=20),
)

_NEAR_MS = 300


@dataclass(frozen=True)
class Made:
    """A song as the quality check gets it, and what it was made from."""

    name: str
    language: str
    lyrics: str
    vocals: Path
    accompaniment: Path
    karaoke: Karaoke
    near: float
    """The share of the unspoiled song's words whose start is within 0.3 s of the true one."""


def good_songs(separator: Separator, aligner: Aligner, seed: int = 0) -> Iterator[Made]:
    """One after the other, made where they are not there yet; another seed gives other melodies and bands."""
    for case in _GOOD:
        name = f"{case.language}-{case.name}"
        named = replace(case, name=f"qc/{seed}/{name}", seed=case.seed + seed)
        folder = ensure(named, separator, anew=False)
        lyrics = (folder / "lyrics.txt").read_text("utf-8")
        stems = folder / "vocals.flac", folder / "accompaniment.flac"
        karaoke = aligned(lyrics, case.language, *stems, aligner)
        yield Made(name, case.language, lyrics, *stems, karaoke, near=_near(folder, karaoke))


def aligned(lyrics: str, language: str, vocals: Path, accompaniment: Path, aligner: Aligner) -> Karaoke:
    """What the aligner says, kept under what it follows from; raises BadInput where it refuses."""
    identity = aligner.identity
    recipe = [lyrics, language, sha256_of(vocals), identity.name, identity.version, ALIGNER.revision]
    digest = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:24]
    path = songs_folder() / "qc" / "aligned" / f"{digest}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_align(lyrics, language, vocals, accompaniment, aligner))
    content = path.read_bytes()
    if content.startswith(b"refused "):
        raise BadInput(content.decode().removeprefix("refused "), "The aligner refused it.")
    return Karaoke.from_json(content)


def _align(lyrics: str, language: str, vocals: Path, accompaniment: Path, aligner: Aligner) -> bytes:
    with tempfile.TemporaryDirectory() as out:
        document = Path(out) / "lyrics.json"
        document.write_bytes(from_text(lyrics, minted_by("qc"), language=language).to_json())
        files = {"vocals": vocals, "accompaniment": accompaniment, "lyrics": document}
        step = StepInput(track_id="qc", version=1, files=files, out=Path(out))
        try:
            return align(step, aligner, lambda _: None).files["karaoke"].read_bytes()
        except BadInput as refusal:
            return f"refused {refusal.code}".encode()


def _near(folder: Path, karaoke: Karaoke) -> float:
    lines = [line for line in karaoke.lines if line.words]
    true = [word for word in truth_of(folder)["words"] if word["line"] is not None]
    found = [lines[word["line"]].words[word["word"]].start_ms for word in true]
    off = [np.inf if at is None else abs(at - word["startMs"]) for at, word in zip(found, true, strict=True)]
    return float(np.mean(np.array(off) <= _NEAR_MS))
