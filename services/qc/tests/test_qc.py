"""What is published, what is published with warnings, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import Samples
from aik_audio.testing import flac_of
from aik_lyrics import Alignment, Karaoke, Line, Word
from aik_qc.engine.loudness import LoudnessMeter, load
from aik_qc.handler import check
from aik_qc.judge import findings, score
from aik_qc.measures import Measures, measures, voice_levels
from aik_qc.port import Loudness
from aik_qc.settings import QcSettings
from aik_service.step import BadInput, StepInput

LIMITS = QcSettings()
GOOD = Measures(
    problems=0,
    words=4,
    words_in_silence=0.0,
    short_words=0.0,
    longest_word_ms=900,
    coverage=1.0,
    confidence=0.8,
    weak_lines=0.0,
    lengths_differ_ms=0,
    minus_lufs=-14.0,
    minus_true_peak_dbtp=-1.5,
)


def tone(start: float, end: float, *, level: float = 0.3, length: float = 4.0) -> Samples:
    time = np.arange(round(length * 44_100)) / 44_100
    mono = level * np.sin(2 * np.pi * 440 * time) * ((time >= start) & (time < end))
    return np.repeat(mono[:, None], 2, axis=1).astype(np.float32)


def karaoke(*starts: int, timing: str = "aligned", coverage: float = 1.0, length_ms: int = 100) -> Karaoke:
    words = tuple(
        Word.model_validate(
            {"id": f"w{n}", "text": "la", "after": "", "startMs": at, "endMs": at + length_ms, "timing": timing}
        )
        for n, at in enumerate(starts)
    )
    line = Line(id="l", text="la" * len(words), start_ms=min(starts), end_ms=max(starts) + 100, words=words)
    alignment = Alignment(engine="test", coverage=coverage, confidence=0.8)
    return Karaoke(track_id="trk", version=1, duration_ms=4_000, alignment=alignment, lines=(line,))


def step(folder: Path, document: Karaoke, *, accept_qc: bool = False) -> StepInput:
    """A voice from 1 to 2 s over four seconds of music."""
    files = {kind: folder / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    flac_of(tone(1, 2), files["vocals"])
    flac_of(tone(0, 4), files["accompaniment"])
    files["karaoke"] = folder / "karaoke.json"
    files["karaoke"].write_bytes(document.to_json())
    return StepInput(track_id="trk", files=files, out=folder, accept_qc=accept_qc)


def measured(document: Karaoke, *, lengths_differ_ms: int = 0) -> Measures:
    """With a voice from 1 to 2 s."""
    voice = voice_levels([tone(1, 2)])
    return measures(document, voice, Loudness(-14, -1), lengths_differ_ms=lengths_differ_ms)


def ignore(share: float) -> None:
    pass


def test_a_good_track_passes_with_its_numbers(tmp_path: Path) -> None:
    output = check(step(tmp_path, karaoke(1_000, 1_500)), load(), ignore)
    assert output.facts == {"qc": {"verdict": "pass", "score": 1.0, "codes": []}}
    report = json.loads(output.files["qc"].read_bytes())
    assert (report["schemaVersion"], report["verdict"], report["findings"]) == (1, "pass", [])
    assert report["numbers"]["minusLufs"] == pytest.approx(-11.2, abs=0.1)
    assert report["numbers"]["minusTruePeakDbtp"] == pytest.approx(-10.5, abs=0.1)


def test_progress_grows_with_what_is_read_to_the_whole(tmp_path: Path) -> None:
    shares: list[float] = []
    check(step(tmp_path, karaoke(1_000)), load(), shares.append)
    assert shares == sorted(shares)
    assert ({0.5, 1.0} < {*shares}, shares[-1]) == (True, 1.0)


def test_how_far_the_stems_lengths_differ_is_measured(tmp_path: Path) -> None:
    asked = step(tmp_path, karaoke(1_000))
    flac_of(tone(0, 4, length=4.6), asked.files["accompaniment"])
    with pytest.raises(BadInput) as refused:
        check(asked, load(), ignore)
    assert "The stems' lengths differ by 600 ms." in refused.value.detail


def test_words_where_nobody_sings_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        check(step(tmp_path, karaoke(1_000, 3_000)), load(), ignore)
    assert (refused.value.code, refused.value.facts) == (
        "qc-failed",
        {"qc": {"verdict": "fail", "score": 0.4, "codes": ["words-in-silence"]}},
    )
    assert refused.value.detail.startswith("50% of the words are where nobody sings.")


def test_what_was_refused_is_a_warning_once_it_is_accepted(tmp_path: Path) -> None:
    output = check(step(tmp_path, karaoke(1_000, 3_000), accept_qc=True), load(), ignore)
    assert output.facts == {"qc": {"verdict": "warn", "score": 0.4, "codes": ["words-in-silence"]}}


def test_a_word_counts_as_sung_from_a_little_before_the_voice_to_its_end() -> None:
    def share(*starts: int) -> float:
        return measured(karaoke(*starts)).words_in_silence

    assert share(780, 1_000, 1_990, 2_050) == 0.0
    assert share(600, 1_000, 1_990, 2_300) == 0.5


def test_times_given_by_hand_are_not_judged() -> None:
    found = measured(karaoke(3_000, timing="manual"))
    assert found.words_in_silence == 0.0


@pytest.mark.parametrize(
    ("length_ms", "timing", "share"), [(29, "aligned", 1.0), (30, "aligned", 0.0), (0, "manual", 0)]
)
def test_words_under_30_ms_are_too_short_unless_they_are_set_by_hand(length_ms: int, timing: str, share: float) -> None:
    document = karaoke(1_000, 1_500, timing=timing, length_ms=length_ms)
    assert measured(document).short_words == share


def test_the_share_of_weak_lines_is_taken_of_the_lines_whose_confidence_is_known() -> None:
    document = karaoke(1_000)
    lines = tuple(document.lines[0].model_copy(update={"confidence": known}) for known in (0.19, 0.2, None))
    weak = document.model_copy(update={"lines": lines})
    assert measured(weak).weak_lines == 0.5
    assert measured(document).weak_lines == 0.0


def test_a_broken_document_and_stems_of_different_lengths_are_counted() -> None:
    found = measured(karaoke(3_950), lengths_differ_ms=600)
    assert (found.problems, found.lengths_differ_ms, found.words, found.longest_word_ms) == (1, 600, 1, 100)


def test_a_good_track_has_no_findings_and_the_full_score() -> None:
    assert (findings(GOOD, LIMITS), score([])) == ([], 1.0)


@pytest.mark.parametrize(
    ("found", "code", "verdict"),
    [
        (replace(GOOD, problems=1), "invariants", "fail"),
        (replace(GOOD, words_in_silence=0.08), "words-in-silence", "warn"),
        (replace(GOOD, words_in_silence=0.4), "words-in-silence", "fail"),
        (replace(GOOD, short_words=0.05), "words-too-short", "warn"),
        (replace(GOOD, short_words=0.3), "words-too-short", "fail"),
        (replace(GOOD, longest_word_ms=5_001), "long-words", "warn"),
        (replace(GOOD, coverage=0.89), "low-coverage", "warn"),
        (replace(GOOD, coverage=0.49), "low-coverage", "fail"),
        (replace(GOOD, confidence=0.19), "low-confidence", "warn"),
        (replace(GOOD, confidence=0.029), "low-confidence", "fail"),
        (replace(GOOD, weak_lines=0.5), "weak-lines", "warn"),
        (replace(GOOD, lengths_differ_ms=501), "lengths-differ", "fail"),
        (replace(GOOD, minus_lufs=None, minus_true_peak_dbtp=None), "minus-silent", "warn"),
        (replace(GOOD, minus_lufs=-41.0), "minus-quiet", "warn"),
        (replace(GOOD, minus_true_peak_dbtp=1.1), "true-peak", "warn"),
    ],
)
def test_each_limit_has_its_code_and_verdict(found: Measures, code: str, verdict: str) -> None:
    assert [(finding.code, finding.verdict) for finding in findings(found, LIMITS)] == [(code, verdict)]


def test_limits_are_settings_and_part_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_QC_COVERAGE_FAIL", "0.7")
    meter = load()
    assert meter.limits.coverage_fail == 0.7
    assert meter.identity.parameters["coverage_fail"] == 0.7


def test_silence_and_a_very_short_sound_can_be_measured() -> None:
    meter = LoudnessMeter(LIMITS)
    assert meter.measure([tone(0, 0)]) == Loudness(None, None)
    assert meter.measure([tone(0, 0.1, length=0.1)]).true_peak_dbtp == pytest.approx(-10.5, abs=0.5)
