"""The same input gives the same bytes of every file, with the real encoder."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import SAMPLE_RATE
from aik_audio.testing import flac_of
from aik_lyrics import Karaoke, Line, Word
from aik_publisher.engine.ffmpeg import FfmpegEncoder
from aik_publisher.files import FILES, LENGTH, MANIFEST, SOUNDS, TEXTS
from aik_publisher.handler import publish
from aik_publisher.sounds import write_sounds
from aik_service.step import StepInput

WORD = Word(id="w1", text="la", start_ms=500, end_ms=900, timing="aligned")
LINE = Line(id="l1", text="la", start_ms=500, end_ms=900, words=(WORD,))
KARAOKE = Karaoke(track_id="trk_1", version=1, duration_ms=3000, lines=(LINE,))
ENCODER = FfmpegEncoder(aac_bit_rate=192_000, threads=2)


@pytest.fixture
def step(tmp_path: Path) -> StepInput:
    files = {}
    for seed, kind in enumerate(("vocals", "accompaniment")):
        noise = np.random.default_rng(seed).normal(0, 0.1, (3 * SAMPLE_RATE + 17, 2)).astype(np.float32)
        files[kind] = flac_of(noise, tmp_path / f"{kind}.flac")
    files["karaoke"] = tmp_path / "karaoke.json"
    files["karaoke"].write_bytes(KARAOKE.to_json())
    return StepInput("trk_1", files, tmp_path, title="La", artist="Her")


def into(step: StepInput, folder: str) -> StepInput:
    (step.out / folder).mkdir()
    return replace(step, out=step.out / folder)


def hashes(folder: Path) -> Mapping[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_publishing_twice_gives_the_same_bytes_of_every_file(step: StepInput) -> None:
    once, again = into(step, "once"), into(step, "again")
    for each in (once, again):
        publish(each, ENCODER, lambda share: None)
    assert hashes(once.out) == hashes(again.out)
    assert hashes(once.out).keys() == {*FILES, LENGTH}


@pytest.mark.parametrize(("block", "threads"), [(1_000, 1), (70_001, 4)])
def test_no_byte_depends_on_the_size_of_a_block_or_the_number_of_threads(
    step: StepInput, block: int, threads: int
) -> None:
    usual, other = into(step, "usual"), into(step, "other")
    write_sounds(usual, ENCODER, lambda share: None)
    write_sounds(other, FfmpegEncoder(aac_bit_rate=192_000, threads=threads), lambda share: None, block=block)
    assert hashes(usual.out) == hashes(other.out)
    assert hashes(usual.out).keys() == {*SOUNDS, LENGTH}
    assert json.loads((usual.out / LENGTH).read_bytes()) == {"durationMs": 3000}


def test_a_version_with_the_same_stems_has_their_sounds_without_encoding_them_again(step: StepInput) -> None:
    once, again = into(step, "once"), into(step, "again")
    kept = publish(once, ENCODER, lambda share: None).kept
    output = publish(replace(again, kept=kept), FfmpegEncoder(aac_bit_rate=1, threads=0), lambda share: None)
    assert {name: output.files[name] for name in SOUNDS} == {name: once.out / name for name in SOUNDS}
    assert {path.name for path in again.out.iterdir()} == {"karaoke.json", MANIFEST, *TEXTS}
    same = {name: path.read_bytes() == (once.out / name).read_bytes() for name, path in output.files.items()}
    assert [name for name, is_same in same.items() if not is_same] == [MANIFEST]  # It names the encoder.
