"""What is published, what is published with warnings, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aik_audio.testing import flac_of
from aik_lyrics import Karaoke
from aik_qc.engine.loudness import load
from aik_qc.handler import check
from aik_qc.report import Report
from aik_qc.testing import karaoke, line, sung_from_one_to_two, tone, word
from aik_service.step import BadInput, StepInput

GOOD = karaoke(line(*sung_from_one_to_two()))
IN_SILENCE = karaoke(line(word(1_000, 980)), line(word(3_000, 500), name="silent"))


def step(folder: Path, document: Karaoke, *, accept_qc: bool = False) -> StepInput:
    """A voice from 1 to 2 s over four seconds of music."""
    files = {kind: folder / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    flac_of(tone(1, 2), files["vocals"])
    flac_of(tone(0, 4, hz=300), files["accompaniment"])
    files["karaoke"] = folder / "karaoke.json"
    files["karaoke"].write_bytes(document.to_json())
    return StepInput(track_id="trk", files=files, out=folder, accept_qc=accept_qc)


def ignore(share: float) -> None:
    pass


def report(asked: StepInput) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(check(asked, load(), ignore).files["qc"].read_bytes())
    return content


def test_a_good_track_passes_with_its_numbers(tmp_path: Path) -> None:
    output = check(step(tmp_path, GOOD), load(), ignore)
    assert output.facts == {"qc": {"verdict": "pass", "score": 1.0, "codes": []}}
    found = json.loads(output.files["qc"].read_bytes())
    assert (found["schemaVersion"], found["verdict"], found["findings"], found["lines"]) == (2, "pass", [], [])
    numbers = found["numbers"]
    assert numbers["minusLufs"] == pytest.approx(-11.2, abs=0.1)
    assert numbers["minusTruePeakDbtp"] == pytest.approx(-10.5, abs=0.1)
    assert (numbers["words"], numbers["voicedMs"], numbers["fit"]) == (2, 1_000, 1.0)


def test_the_same_track_gets_the_same_bytes_and_a_report_that_reads_back(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    contents = []
    for folder in (first, second):
        folder.mkdir()
        contents.append(check(step(folder, IN_SILENCE, accept_qc=True), load(), ignore).files["qc"].read_bytes())
    assert contents[0] == contents[1]
    assert Report.model_validate_json(contents[0]).to_json() == contents[0]


def test_stems_that_were_heard_before_are_not_heard_again(tmp_path: Path) -> None:
    asked = step(tmp_path, IN_SILENCE, accept_qc=True)
    first = check(asked, load(), ignore)
    content = first.files["qc"].read_bytes()
    without = {"karaoke": asked.files["karaoke"]}
    assert check(replace(asked, files=without, kept=first.kept), load(), ignore).files["qc"].read_bytes() == content


def test_progress_grows_with_what_is_read_to_the_whole(tmp_path: Path) -> None:
    shares: list[float] = []
    check(step(tmp_path, GOOD), load(), shares.append)
    assert shares == sorted(shares)
    assert (len({*shares}) > 2, shares[-1]) == (True, 1.0)


def test_how_far_the_stems_lengths_differ_is_measured(tmp_path: Path) -> None:
    asked = step(tmp_path, GOOD)
    flac_of(tone(0, 4, length=4.6, hz=300), asked.files["accompaniment"])
    with pytest.raises(BadInput) as refused:
        check(asked, load(), ignore)
    assert "The lengths of the stems and the lyrics differ by 600 ms." in refused.value.detail


def test_words_where_nobody_sings_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        check(step(tmp_path, IN_SILENCE), load(), ignore)
    assert (refused.value.code, refused.value.facts) == (
        "qc-failed",
        {"qc": {"verdict": "fail", "score": 0.4, "codes": ["words-in-silence"]}},
    )
    assert refused.value.detail.startswith("50% of the words are where nobody sings.")


def test_what_was_refused_is_a_warning_once_it_is_accepted(tmp_path: Path) -> None:
    asked = step(tmp_path, IN_SILENCE, accept_qc=True)
    output = check(asked, load(), ignore)
    assert output.facts == {"qc": {"verdict": "warn", "score": 0.4, "codes": ["words-in-silence"]}}
    found = json.loads(output.files["qc"].read_bytes())
    assert (found["verdict"], [one["verdict"] for one in found["findings"]]) == ("warn", ["fail"])


def test_a_finding_names_its_number_its_limit_and_the_lines_to_look_at(tmp_path: Path) -> None:
    found = report(step(tmp_path, IN_SILENCE, accept_qc=True))
    assert found["findings"] == [
        {
            "code": "words-in-silence",
            "verdict": "fail",
            "detail": "50% of the words are where nobody sings.",
            "value": 0.5,
            "limit": 0.4,
            "lines": ["silent"],
        }
    ]
    assert found["lines"] == [
        {
            "lineId": "silent",
            "codes": ["words-in-silence"],
            "numbers": {
                "words": 1,
                "wordsInSilence": 1,
                "wordsTooShort": 0,
                "longestWordMs": 500,
                "lettersPerS": 4.0,
                "confidence": 0.8,
                "heardShare": 0.0,
            },
        }
    ]


def test_what_is_to_be_published_all_the_same_is_noted_in_the_report_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIK_QC_POLICY", '{"words-in-silence": "publish"}')
    output = check(step(tmp_path, IN_SILENCE), load(), ignore)
    assert output.facts == {"qc": {"verdict": "pass", "score": 1.0, "codes": []}}
    found = json.loads(output.files["qc"].read_bytes())
    assert [(one["code"], one["verdict"]) for one in found["findings"]] == [("words-in-silence", "publish")]


def test_a_warning_can_be_made_a_reason_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_QC_POLICY", '{"minus-quiet": "fail"}')
    asked = step(tmp_path, GOOD)
    flac_of(tone(0, 4, level=0.001, hz=300), asked.files["accompaniment"])
    with pytest.raises(BadInput) as refused:
        check(asked, load(), ignore)
    assert refused.value.facts["qc"]["codes"] == ["minus-quiet"]
