"""Which files a version has and what is in them."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from aik_audio.encode import Write
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of
from aik_lyrics import Karaoke, Line, Word
from aik_publisher.files import FILES, LENGTH, SOUNDS, TEXTS
from aik_publisher.handler import publish
from aik_service.file_types import file_type
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
    threads: int = 2

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="fake", version="1", parameters={"loss": "all"})

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
    engines = {"align": {"name": "whisper", "version": "2", "weightsSha256": "d0", "parameters": {}}}
    return StepInput("track", files, tmp_path / "out", title="Тихая ночь", artist="Хор", engines=engines)


def test_a_version_has_these_files_and_no_others(step: StepInput) -> None:
    output = publish(step, FakeEncoder(), lambda share: None)

    names = [
        *("minus.flac", "minus.m4a", "minus.peaks.json"),
        *("vocals.flac", "vocals.m4a", "vocals.peaks.json"),
        *("mix.flac", "mix.m4a"),
        *("karaoke.json", "lyrics.lrc", "lyrics.enhanced.lrc", "lyrics.ass", "lyrics.ttml", "lyrics.vtt"),
        *("ultrastar.txt", "karaoke.html", "manifest.json"),
    ]
    kept = {name: step.out / name for name in (*SOUNDS, LENGTH)}
    assert output == StepOutput({name: step.out / name for name in names}, {"version": 3}, kept)
    assert {path.name for path in step.out.iterdir()} == {*output.files, *kept}


def test_no_two_files_are_of_one_kind_and_one_format() -> None:
    types = [file_type(name) for name in FILES]
    assert len({(one.kind, one.format) for one in types}) == len(FILES)
    assert "application/octet-stream" not in {one.content_type for one in types}


def test_the_manifest_names_every_other_file_and_everything_that_decided_what_is_in_it(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)

    manifest = json.loads((step.out / "manifest.json").read_bytes())
    files = manifest.pop("files")
    assert manifest == {
        "schemaVersion": 1,
        "trackId": "track",
        "version": 3,
        "title": "Тихая ночь",
        "artist": "Хор",
        "durationMs": 2000,
        "inputs": {kind: sha256(path.read_bytes()).hexdigest() for kind, path in step.files.items()},
        "engines": {
            **step.engines,
            "publish": {"name": "fake", "version": "1", "weightsSha256": None, "parameters": {"loss": "all"}},
        },
    }
    assert [file["name"] for file in files] == [name for name in FILES if name != "manifest.json"]
    for file in files:
        content = (step.out / file["name"]).read_bytes()
        assert (file["sizeBytes"], file["sha256"]) == (len(content), sha256(content).hexdigest())
    assert files[2] == {
        "name": "minus.peaks.json",
        "kind": "minus-peaks",
        "format": "json",
        "contentType": "application/json",
        "sizeBytes": (step.out / "minus.peaks.json").stat().st_size,
        "sha256": sha256((step.out / "minus.peaks.json").read_bytes()).hexdigest(),
        "durationMs": 2000,
    }
    assert {file["name"] for file in files if file["durationMs"] is None} == {"karaoke.json", *TEXTS}


def test_no_byte_of_the_manifest_depends_on_the_order_in_which_the_engines_are_told(step: StepInput) -> None:
    made = {"name": "a", "parameters": {"x": 1, "y": 2}}
    written = []
    for engines in ({"align": made, "check": made}, {"check": dict(reversed(made.items())), "align": made}):
        publish(replace(step, engines=engines), FakeEncoder(), lambda share: None)
        written.append((step.out / "manifest.json").read_bytes())
    assert written[0] == written[1]


def test_a_publisher_that_published_before_is_named_as_it_is_now(step: StepInput) -> None:
    before = replace(step, engines={"publish": {"name": "older"}})
    publish(before, FakeEncoder(), lambda share: None)
    assert json.loads((step.out / "manifest.json").read_bytes())["engines"]["publish"]["name"] == "fake"


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


def test_the_texts_have_the_songs_title_and_its_words(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)
    for name in TEXTS:
        text = (step.out / name).read_text("utf-8")
        assert {"Тихая ночь", "Тихо", "ночь"} == {part for part in ("Тихая ночь", "Тихо", "ночь") if part in text}, name


def test_a_song_without_title_or_artist_is_published_as_well(step: StepInput) -> None:
    output = publish(replace(step, title=None, artist=None), FakeEncoder(), lambda share: None)
    assert len(output.files) == len(FILES)
    assert "None" not in "".join((step.out / name).read_text("utf-8") for name in TEXTS)


def test_a_song_that_nobody_sings_is_published_as_well(step: StepInput) -> None:
    unsung = Line(id="l1", text="[Solo]", sung=False, words=())
    step.files["karaoke"].write_bytes(KARAOKE.model_copy(update={"lines": (unsung,)}).to_json())
    assert len(publish(step, FakeEncoder(), lambda share: None).files) == len(FILES)


def test_the_page_plays_the_minus_that_is_published(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)
    audio = b64encode((step.out / "minus.m4a").read_bytes()).decode()
    assert f"data:audio/mp4;base64,{audio}" in (step.out / "karaoke.html").read_text("utf-8")


def test_the_peaks_are_those_of_the_stems(step: StepInput) -> None:
    publish(step, FakeEncoder(), lambda share: None)
    for name, peak in (("minus.peaks.json", 0.5), ("vocals.peaks.json", 0.25)):
        data = json.loads((step.out / name).read_bytes())["data"]
        assert (min(data), max(data)) == pytest.approx((-128 * peak, 128 * peak), abs=1)


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
