"""One song through every process: what a client gets is what was sung."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import Samples
from aik_audio.testing import samples_of
from aik_lyrics import Karaoke
from aik_lyrics.invariants import invariants

from tests.e2e.browser import Browser
from tests.e2e.conftest import Published

SUNG = "It always seems like time stands still when I'm with you"


def test_every_step_succeeded_once(published: Published) -> None:
    steps = [(step["step"], step["state"], step["attempt"]) for step in published.job["steps"]]
    names = ["separate", "transcribe", "align", "check", "publish"]
    assert steps == [(name, "succeeded", 1) for name in names]


def test_the_words_are_sung_words_in_order_inside_the_song(published: Published) -> None:
    karaoke = Karaoke.model_validate(published.ready["lyrics"])
    assert " ".join(line.text for line in karaoke.lines) == SUNG
    assert invariants(karaoke) == []
    assert karaoke.duration_ms == 10_881


@pytest.fixture(scope="module")
def stems(browser: Browser, published: Published, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Samples]:
    folder = tmp_path_factory.mktemp("stems")
    found = {}
    for name, content in browser.assets(published.track_id).items():
        if name.endswith(".flac"):
            (folder / name).write_bytes(content)
            found[Path(name).stem] = samples_of(folder / name)
    return found


def test_vocals_and_minus_add_up_to_the_mix(stems: dict[str, Samples]) -> None:
    difference = stems["vocals"] + stems["minus"] - stems["mix"]
    assert level(difference) < level(stems["mix"]) / 1000


def test_the_minus_is_quieter_than_the_mix_where_there_is_singing(
    stems: dict[str, Samples], published: Published
) -> None:
    sung = np.zeros(len(stems["mix"]), dtype=bool)
    for line in Karaoke.model_validate(published.ready["lyrics"]).lines:
        assert line.start_ms is not None
        assert line.end_ms is not None
        sung[line.start_ms * 441 // 10 : line.end_ms * 441 // 10] = True
    assert level(stems["minus"][sung]) < 0.95 * level(stems["mix"][sung])


def test_the_manifest_has_the_hash_of_every_file_and_the_engine_of_every_step(
    browser: Browser, published: Published
) -> None:
    files = browser.assets(published.track_id)
    manifest = json.loads(files.pop("manifest.json"))
    listed = {f"{one['kind']}.{one['format']}": one["sha256"] for one in manifest["files"]}
    assert {name: sha256(content).hexdigest() for name, content in files.items()} == listed
    assert list(manifest["engines"]) == ["align", "check", "publish", "separate", "transcribe"]
    assert [bool(engine["version"]) for engine in manifest["engines"].values()] == 5 * [True]


def test_the_karaoke_document_names_the_engine_of_its_times_as_the_manifest_does(
    browser: Browser, published: Published
) -> None:
    files = browser.assets(published.track_id)
    alignment = json.loads(files["karaoke.json"])["alignment"]
    names = {"name": "engine", "version": "engineVersion", "weightsSha256": "weightsSha256", "parameters": "parameters"}
    made = json.loads(files["manifest.json"])["engines"]["align"]
    assert {name: alignment[field] for name, field in names.items()} == made
    assert alignment["earlierEngines"] is None


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
