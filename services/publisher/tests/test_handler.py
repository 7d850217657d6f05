"""Which files a version has and what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from aik_audio.encode import Write
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of
from aik_lyrics import Karaoke, Line, Word
from aik_publisher.handler import publish
from aik_service.step import EngineIdentity, StepInput, StepOutput

KARAOKE = Karaoke(
    track_id="track",
    version=3,
    language="ru",
    duration_ms=2000,
    lines=(
        Line(
            id="l1",
            text="Тихо, ночь",
            start_ms=500,
            end_ms=1500,
            words=(
                Word(id="w1", text="Тихо,", after=" ", start_ms=500, end_ms=900, timing="aligned"),
                Word(id="w2", text="ночь", start_ms=900, end_ms=1500, timing="aligned"),
            ),
        ),
    ),
)
# As another writer may have laid it out: the publisher must not touch it.
DOCUMENT = KARAOKE.to_json().replace(b'{"schemaVersion"', b'{ "later": true, "schemaVersion"')


@dataclass
class FakeEncoder:
    """Writes how many frames it was given; remembers the samples."""

    encoded: dict[str, Samples] = field(default_factory=dict)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="fake", version="1")

    @contextmanager
    def encode(self, path: Path) -> Iterator[Write]:
        blocks: list[Samples] = []
        yield blocks.append
        self.encoded[path.name] = np.concatenate(blocks)
        path.write_text(str(len(self.encoded[path.name])))


def tone(hz: float, peak: float) -> Samples:
    wave = peak * np.sin(2 * np.pi * hz * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
    return np.repeat(wave.astype(np.float32)[:, np.newaxis], 2, axis=1)


VOCALS, ACCOMPANIMENT = tone(440, 0.25), tone(110, 0.5)


@pytest.fixture
def step(tmp_path: Path) -> StepInput:
    files = {kind: tmp_path / kind for kind in ("vocals", "accompaniment", "karaoke")}
    flac_of(VOCALS, files["vocals"])
    flac_of(ACCOMPANIMENT, files["accompaniment"])
    files["karaoke"].write_bytes(DOCUMENT)
    (tmp_path / "out").mkdir()
    return StepInput(track_id="track", files=files, out=tmp_path / "out")


def test_a_version_has_its_eight_files_and_no_others(step: StepInput) -> None:
    output = publish(step, FakeEncoder(), lambda share: None)

    sounds = [f"{sound}.{suffix}" for sound in ("minus", "vocals", "mix") for suffix in ("flac", "m4a")]
    files = {name: step.out / name for name in [*sounds, "karaoke.json", "lyrics.lrc"]}
    assert output == StepOutput(files, {"version": 3})
    assert sorted(path.name for path in step.out.iterdir()) == sorted(output.files)


def test_the_mix_is_the_sum_of_the_stems_and_the_minus_is_the_accompaniment(step: StepInput) -> None:
    encoder = FakeEncoder()

    publish(step, encoder, lambda share: None)

    wanted = {"minus": ACCOMPANIMENT, "vocals": VOCALS, "mix": VOCALS + ACCOMPANIMENT}
    for sound, samples in wanted.items():
        for suffix in ("flac", "m4a"):
            np.testing.assert_allclose(encoder.encoded[f"{sound}.{suffix}"], samples, atol=1e-4)


def test_the_karaoke_document_is_published_byte_for_byte(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)
    assert (step.out / "karaoke.json").read_bytes() == DOCUMENT


def test_the_lrc_has_the_lines_with_their_times(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)
    assert (step.out / "lyrics.lrc").read_text("utf-8").splitlines()[-1] == "[00:00.50]Тихо, ночь"


def test_progress_grows_to_the_whole_while_the_stems_are_read(step: StepInput) -> None:
    shares: list[float] = []
    publish(step, FakeEncoder(), shares.append)
    assert shares == sorted(shares)
    assert len({*shares}) == 2
    assert shares[-1] == 1


@pytest.mark.parametrize("missing", [1, 65_536])
def test_stems_of_different_lengths_are_not_mixed(step: StepInput, missing: int) -> None:
    flac_of(VOCALS[:-missing], step.files["vocals"])
    with pytest.raises(ValueError, match=r"equally long|shorter"):
        publish(step, FakeEncoder(), lambda share: None)
