"""Which number, past which limit, has which code and verdict; and what an operator decides about it."""

from typing import Any

import pytest
from aik_events.environment import SettingsWrong
from aik_qc.codes import CODES
from aik_qc.engine.loudness import load
from aik_qc.judge import report_of
from aik_qc.report import Numbers
from aik_qc.settings import QcSettings

LIMITS = QcSettings()
GOOD = Numbers(
    problems=0,
    words=40,
    words_in_silence_share=0.0,
    words_too_short_share=0.0,
    words_in_fast_lines_share=0.0,
    longest_word_ms=900,
    coverage=1.0,
    confidence=0.8,
    words_in_weak_runs_share=0.0,
    lines_not_sung_share=0.0,
    agreement=0.8,
    letters=160,
    language="en-US",
    heard_language="en",
    voiced_ms=60_000,
    singing_without_words_share=0.02,
    fit=0.9,
    shift_ms=0,
    vocals_duration_ms=120_000,
    minus_duration_ms=120_000,
    mix_duration_ms=120_000,
    document_duration_ms=120_000,
    durations_differ_ms=0,
    minus_lufs=-14.0,
    minus_true_peak_dbtp=0.0,
    mix_lufs=-12.0,
    mix_true_peak_dbtp=0.5,
    minus_below_voice_db=0.0,
    minus_follows_voice_db=1.0,
    voice_under_music_db=-6.0,
    residual_vocals_db=-22.0,
    minus_clipped_share=0.0,
    vocals_clipped_share=0.0,
    mix_clipped_share=0.0,
    noise_burst_ms=0,
)
FOUND = [
    ({"problems": 1}, "invariants", "fail"),
    ({"words_in_silence_share": 0.08}, "words-in-silence", "warn"),
    ({"words_in_silence_share": 0.4}, "words-in-silence", "fail"),
    ({"words_too_short_share": 0.22}, "words-too-short", "warn"),
    ({"words_too_short_share": 0.5}, "words-too-short", "fail"),
    ({"words_in_fast_lines_share": 0.15}, "lines-too-fast", "warn"),
    ({"words_in_fast_lines_share": 0.5}, "lines-too-fast", "fail"),
    ({"longest_word_ms": 5_001}, "long-words", "warn"),
    ({"coverage": 0.84}, "low-coverage", "warn"),
    ({"coverage": 0.39}, "low-coverage", "fail"),
    ({"confidence": 0.74}, "low-confidence", "warn"),
    ({"confidence": 0.39}, "low-confidence", "fail"),
    ({"words_in_weak_runs_share": 0.3}, "weak-runs", "warn"),
    ({"lines_not_sung_share": 0.1}, "lines-not-sung", "warn"),
    ({"lines_not_sung_share": 0.8}, "lines-not-sung", "fail"),
    ({"agreement": 0.11, "voice_under_music_db": 13.0}, "no-vocals", "warn"),
    ({"agreement": 0.11, "voice_under_music_db": 16.0}, "no-vocals", "fail"),
    ({"heard_language": "de"}, "language-mismatch", "warn"),
    ({"singing_without_words_share": 0.25}, "singing-without-words", "warn"),
    ({"singing_without_words_share": 0.7}, "singing-without-words", "fail"),
    ({"fit": 0.69}, "times-off", "warn"),
    ({"fit": 0.39}, "times-off", "fail"),
    ({"shift_ms": -300}, "times-shifted", "warn"),
    ({"shift_ms": 1_000}, "times-shifted", "fail"),
    ({"durations_differ_ms": 501}, "lengths-differ", "fail"),
    ({"minus_lufs": None, "minus_true_peak_dbtp": None}, "minus-silent", "warn"),
    ({"minus_lufs": -41.0}, "minus-quiet", "warn"),
    ({"minus_below_voice_db": 25.0}, "minus-quiet", "warn"),
    ({"residual_vocals_db": -10.0}, "residual-vocals", "warn"),
    ({"residual_vocals_db": -3.0}, "residual-vocals", "fail"),
    ({"minus_follows_voice_db": 25.0}, "residual-vocals", "warn"),
    ({"minus_clipped_share": 0.002}, "clipping", "warn"),
    ({"vocals_clipped_share": 0.05}, "clipping", "fail"),
    ({"mix_clipped_share": 0.05}, "mix-clipping", "publish"),
    ({"noise_burst_ms": 300}, "noise-burst", "warn"),
    ({"minus_true_peak_dbtp": 1.1}, "true-peak", "warn"),
    ({"mix_true_peak_dbtp": 1.1}, "mix-true-peak", "publish"),
]


def told(limits: QcSettings = LIMITS, **changed: Any) -> list[tuple[str, str]]:
    report = report_of(GOOD.model_copy(update=changed), {}, limits)
    return [(finding.code, finding.verdict) for finding in report.findings]


@pytest.mark.parametrize(("changed", "code", "verdict"), FOUND)
def test_each_limit_has_its_code_and_verdict(changed: dict[str, Any], code: str, verdict: str) -> None:
    assert told(**changed) == [(code, verdict)]


def test_every_code_can_be_found() -> None:
    assert {code for _, code, _ in FOUND} | {"lyrics-wrong"} == set(CODES)


def test_a_good_track_has_no_findings_and_the_full_score() -> None:
    report = report_of(GOOD, {}, LIMITS)
    assert (report.verdict, report.score, report.codes, report.findings) == ("pass", 1.0, (), ())


def test_the_verdict_is_the_worst_and_every_finding_costs_something() -> None:
    report = report_of(GOOD.model_copy(update={"fit": 0.5, "problems": 2, "mix_clipped_share": 0.1}), {}, LIMITS)
    assert (report.verdict, report.score, report.codes) == ("fail", 0.25, ("invariants", "times-off"))


def test_what_nobody_knows_is_not_held_against_a_track() -> None:
    measured = ("coverage", "confidence", "agreement", "heard_language", "fit", "residual_vocals_db")
    levels = ("minus_follows_voice_db", "minus_below_voice_db", "voice_under_music_db")
    unknown: dict[str, Any] = dict.fromkeys((*measured, *levels))
    assert told(**unknown) == []


def test_lyrics_are_wrong_where_their_words_were_hardly_found_and_others_are_heard() -> None:
    doubts: list[tuple[dict[str, Any], str]] = [
        ({"coverage": 0.84}, "low-coverage"),
        ({"confidence": 0.74}, "low-confidence"),
    ]
    for poor, code in doubts:
        assert told(**poor, agreement=0.12) == [(code, "warn")]
        assert told(**poor, agreement=0.11) == [(code, "warn"), ("lyrics-wrong", "warn")]
        assert told(**poor, agreement=0.049) == [(code, "warn"), ("lyrics-wrong", "fail")]


def test_hearing_other_words_says_nothing_where_all_words_found_their_place() -> None:
    assert told(agreement=0.0) == []
    assert told(agreement=0.0, coverage=0.8, letters=59) == [("low-coverage", "warn")]
    assert told(agreement=0.0, coverage=0.8) == [("low-coverage", "warn"), ("lyrics-wrong", "fail")]


def test_music_alone_is_told_from_the_lyrics_of_another_song() -> None:
    poor: dict[str, Any] = {"agreement": 0.0, "coverage": 0.8, "heard_language": "de"}
    assert told(**poor) == [("low-coverage", "warn"), ("lyrics-wrong", "fail"), ("language-mismatch", "warn")]
    assert told(**poor, voice_under_music_db=20.0) == [("low-coverage", "warn"), ("no-vocals", "fail")]


def test_a_voice_that_is_mixed_low_is_there_when_its_words_are_heard() -> None:
    assert told(agreement=0.12, voice_under_music_db=20.0) == []
    assert told(agreement=None, voice_under_music_db=20.0) == []
    assert told(agreement=0.0, letters=59, voice_under_music_db=20.0) == []


def test_another_language_counts_where_the_words_were_understood_or_are_in_doubt() -> None:
    assert told(agreement=0.69, heard_language="cy") == []
    assert told(agreement=0.1, coverage=0.8, heard_language="cy")[-1] == ("language-mismatch", "warn")


def test_what_was_decided_about_a_code_counts_from_its_first_limit_on() -> None:
    for policy in ("publish", "warn", "fail"):
        limits = QcSettings(policy={"words-in-silence": policy})
        for share in (0.08, 0.4):
            assert told(limits, words_in_silence_share=share) == [("words-in-silence", policy)]
        assert told(limits) == []


def test_the_mix_is_judged_where_an_operator_wants_it() -> None:
    assert told(QcSettings(policy={"mix-true-peak": "fail"}), mix_true_peak_dbtp=1.1) == [("mix-true-peak", "fail")]


def test_a_code_that_does_not_exist_stops_the_start_and_the_codes_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_QC_POLICY", '{"loud": "warn"}')
    with pytest.raises(SettingsWrong) as refused:
        load()
    assert f"there is no code loud; the codes are {', '.join(CODES)}" in str(refused.value)


def test_a_policy_that_does_not_exist_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_QC_POLICY", '{"true-peak": "ignore"}')
    with pytest.raises(SettingsWrong, match=r"AIK_QC_POLICY: .*'publish', 'warn' or 'fail'"):
        load()


def test_limits_and_policy_are_settings_and_part_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_QC_COVERAGE_FAIL", "0.7")
    monkeypatch.setenv("AIK_QC_POLICY", '{"true-peak": "publish"}')
    meter = load()
    assert (meter.limits.coverage_fail, meter.limits.policy) == (0.7, {"true-peak": "publish"})
    parameters = meter.identity.parameters
    assert (parameters["coverage_fail"], parameters["policy"]) == (0.7, {"true-peak": "publish"})
