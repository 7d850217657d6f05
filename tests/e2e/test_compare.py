"""`compare` of a published song, with the services' own environment: an engine with itself, and with another one."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aik_local.testing import Suite

from tests.e2e.conftest import Published
from tests.e2e.test_rerun import command


def between(found: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["between"] for each in found["measured"]["measures"] if each["between"] is not None}


def test_a_separator_s_stems_are_identical_with_its_own(suite: Suite, published: Published) -> None:
    about = "aik-separator", "compare", published.track_id, "--engines", "spleeter", "spleeter"
    status, found = command(suite, "separator", *about)
    assert (status, found["outcome"]) == (0, [])
    assert {file["outcome"] for file in found["files"]} == {"identical"}
    assert between(found) == {"vocals, SDR": "identical", "minus, SDR": "identical"}
    assert min(found["first"]["speed"], found["second"]["speed"]) > 0


@pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="there are no two aligners")
def test_two_aligners_are_compared_word_by_word_and_both_documents_are_kept(
    suite: Suite, published: Published, tmp_path: Path
) -> None:
    engines = "whisper-pocketsphinx", "tests.e2e.attention:load"
    about = "aik-aligner", "compare", published.track_id, "--engines", *engines, "--out", str(tmp_path / "out")
    status, found = command(suite, "aligner", *about)
    assert status == 1
    assert [found[side]["side"]["engine"]["name"] for side in ("first", "second")] == [
        "whisper-pocketsphinx",
        "whisper-attention",
    ]
    shares = between(found)
    assert 0 < shares["starts within 0.1 s"] <= shares["starts within 0.3 s"] <= 1
    assert 0 < shares["starts apart, median"] <= shares["starts apart, most"] < 2
    assert found["measured"]["places"]
    assert sorted(path.parent.name for path in (tmp_path / "out").glob("*/karaoke.json")) == [
        "1-whisper-pocketsphinx",
        "2-whisper-attention",
    ]
