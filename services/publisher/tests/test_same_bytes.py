"""The same input gives the same bytes of every file, with the real encoder."""

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
from aik_publisher.files import FILES, SOUNDS
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
    assert hashes(once.out).keys() == set(FILES)


@pytest.mark.parametrize(("block", "threads"), [(1_000, 1), (70_001, 4)])
def test_no_byte_depends_on_the_size_of_a_block_or_the_number_of_threads(
    step: StepInput, block: int, threads: int
) -> None:
    usual, other = into(step, "usual"), into(step, "other")
    lengths = [
        write_sounds(usual, ENCODER, lambda share: None),
        write_sounds(other, FfmpegEncoder(aac_bit_rate=192_000, threads=threads), lambda share: None, block=block),
    ]
    assert lengths == [3000, 3000]
    assert hashes(usual.out) == hashes(other.out)
    assert hashes(usual.out).keys() == set(SOUNDS)
