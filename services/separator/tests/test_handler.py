"""Which uploads are separated, which are refused, and with which code."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_separator.handler import Stems, separate, separate_song
from aik_service.step import BadInput, EngineIdentity, StepInput, StepOutput


@dataclass
class FakeSeparator:
    """Calls a quarter of the mix the vocals; remembers how many frames it was given at once."""

    blocks: list[int] = field(default_factory=list)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="fake", version="1")

    def separate(self, mix: Iterable[Samples]) -> Iterator[Stems]:
        for block in mix:
            self.blocks.append(len(block))
            yield Stems(block * np.float32(0.25), block * np.float32(0.75))


def song(seconds: float, peak: float = 0.5) -> Samples:
    wave = peak * np.sin(2 * np.pi * 440 * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
    return np.repeat(wave.astype(np.float32)[:, np.newaxis], 2, axis=1)


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., StepInput]:
    def make(content: Samples | bytes, *, sha256: str | None = None) -> StepInput:
        source, out = tmp_path / "source.bin", tmp_path / "out"
        out.mkdir()
        if isinstance(content, bytes):
            source.write_bytes(content)
        else:
            flac_of(content, source)
        return StepInput(track_id="track", files={"source": source}, out=out, source_sha256=sha256)

    return make


Upload = Callable[..., StepInput]


def test_a_song_becomes_two_stems_of_its_length(upload: Upload) -> None:
    step = upload(song(1.5))

    output = separate_song(step, FakeSeparator(), lambda share: None, max_duration_s=10)

    files = {kind: step.out / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    assert output == StepOutput(files, {"duration_ms": 1500})
    np.testing.assert_allclose(samples_of(files["vocals"]), song(1.5, 0.125), atol=1e-4)
    np.testing.assert_allclose(samples_of(files["accompaniment"]), song(1.5, 0.375), atol=1e-4)


def test_a_song_is_separated_and_told_block_by_block(upload: Upload) -> None:
    engine = FakeSeparator()
    shares: list[float] = []

    separate_song(upload(song(6)), engine, shares.append, max_duration_s=10)

    done = np.cumsum(engine.blocks) / (6 * SAMPLE_RATE)
    assert len(shares) == 5
    assert shares == pytest.approx(done)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"Dear diary,\n" * 100, "not-audio"),
        (b"fLaC" + bytes(1000), "corrupt-audio"),
        (song(0.9), "too-short"),
        (song(3.1), "too-long"),
        (song(2, peak=0.0005), "silent-audio"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_song_is_refused_before_anything_is_computed_told_or_written(
    upload: Upload, content: Samples | bytes, code: str
) -> None:
    engine = FakeSeparator()
    shares: list[float] = []
    step = upload(content)

    with pytest.raises(BadInput) as caught:
        separate_song(step, engine, shares.append, max_duration_s=3)

    assert caught.value.code == code
    assert caught.value.detail.endswith(".")
    assert (engine.blocks, shares, list(step.out.iterdir())) == ([], [], [])


def test_a_file_that_is_not_the_one_that_was_sent_is_refused(upload: Upload) -> None:
    step = upload(song(1), sha256=hashlib.sha256(b"something else").hexdigest())

    with pytest.raises(BadInput) as caught:
        separate_song(step, FakeSeparator(), lambda share: None, max_duration_s=3)

    assert caught.value.code == "checksum-mismatch"


def test_a_hash_is_the_same_in_capital_letters(upload: Upload, tmp_path: Path) -> None:
    flac_of(song(1), tmp_path / "same")
    sha256 = hashlib.sha256((tmp_path / "same").read_bytes()).hexdigest()

    step = upload(song(1), sha256=sha256.upper())

    assert separate_song(step, FakeSeparator(), lambda share: None, max_duration_s=3).facts == {"duration_ms": 1000}


def test_the_longest_duration_is_a_setting(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_SEPARATOR_MAX_DURATION_S", "1.5")

    with pytest.raises(BadInput) as caught:
        separate(upload(song(2)), FakeSeparator(), lambda share: None)

    assert caught.value.code == "too-long"
