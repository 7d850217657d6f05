"""A state as people read it: nothing that says nothing, and one line for what belongs together."""

from typing import Any

import pytest
from aik_events.telling.shortened import shortened
from aik_events.testing.author import Author

HASH = "1e9b458e99b6348f8855136a813f364a"
TRACK = "trk_01a22807b79b7573b6778a930983d2e9"
ARTEFACT = {"key": f"tracks/{TRACK}/align/{HASH}/1-e9003023/karaoke.json", "sizeBytes": 2175, "sha256": HASH * 2}
STEP = {"step": "align", "state": "waiting", "attempt": 0, "failures": 0, "losses": 0, "startedAt": None}
STARTED = {**STEP, "state": "running", "attempt": 2, "failures": 1, "startedAt": "2026-01-01T12:00:00.500Z"}


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        ({"a": None, "b": "", "c": [], "d": {}, "e": 0, "f": False, "g": {"h": None}}, {}),
        ({"a": 1, "b": [{"c": None, "d": "e"}]}, {"a": 1, "b": [{"d": "e"}]}),
        (ARTEFACT, f"tracks/{TRACK}/align/1e9b458e…/1-e9003023/karaoke.json (2.2 kB)"),
        ({"key": "a.mp3", "sizeBytes": 5, "filename": "b.mp3"}, "b.mp3, a.mp3 (5 B)"),
        (STEP, "align: waiting"),
        (STARTED, "align: running, attempt 2, failures 1, since 12:00:00"),
        ({**STARTED, "finishedAt": "2026-01-01T12:01:00Z"}, "align: running, attempt 2, failures 1, 59.5 s"),
        ({"name": "whisper", "version": "1", "weightsSha256": HASH, "parameters": {"beam": 1}}, "whisper (1)"),
        ({"verdict": "fail", "score": 0.0, "codes": ["clipped", "quiet"]}, "fail 0.00 (clipped, quiet)"),
        ({str(n): ARTEFACT for n in range(7)}, "7 files (15.2 kB)"),
    ],
)
def test_what_says_nothing_is_left_out_and_the_rest_is_short(whole: Any, short: Any) -> None:
    assert shortened(whole) == short


def test_a_whole_state_keeps_its_shape() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.published()
    short = shortened(author.state.model_dump(mode="json", by_alias=True, exclude={"verdicts"}))
    [job] = short["jobs"]
    assert job["steps"] == [
        f"{step}: succeeded, attempt 1, 1.0 s" for step in ("separate", "align", "check", "publish")
    ]
    assert (short["versions"][0]["qc"], short["versions"][0]["state"]) == ("pass 0.90", "published")
