"""Numbers and limits to a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aik_qc.measures import Measures
from aik_qc.settings import QcSettings

_WARN_COSTS, _FAIL_COSTS = 0.15, 0.6


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, and a sentence about it for a person."""

    code: str
    verdict: Literal["warn", "fail"]
    detail: str


def findings(found: Measures, limits: QcSettings) -> list[Finding]:
    """What speaks against publishing, in a fixed order; none for a good track."""
    return [*_of_words(found, limits), *_of_sound(found, limits)]


def score(findings: Sequence[Finding]) -> float:
    """1 for a good track; every finding takes something away, down to 0."""
    costs = sum(_FAIL_COSTS if finding.verdict == "fail" else _WARN_COSTS for finding in findings)
    return round(max(0.0, 1.0 - costs), 2)


def _of_words(found: Measures, limits: QcSettings) -> Iterator[Finding]:
    if found.problems:
        yield Finding("invariants", "fail", f"{found.problems} lines break the rules of the format.")
    if found.words_in_silence >= limits.silent_words_warn:
        verdict = _verdict(found.words_in_silence >= limits.silent_words_fail)
        yield Finding("words-in-silence", verdict, f"{found.words_in_silence:.0%} of the words are where nobody sings.")
    if found.short_words >= limits.short_words_warn:
        verdict = _verdict(found.short_words >= limits.short_words_fail)
        yield Finding("words-too-short", verdict, f"{found.short_words:.0%} of the words are too short to be sung.")
    if found.longest_word_ms > limits.long_word_ms:
        yield Finding("long-words", "warn", f"One word lasts {found.longest_word_ms / 1000:.1f} s.")
    if found.coverage < limits.coverage_warn:
        verdict = _verdict(found.coverage < limits.coverage_fail)
        yield Finding("low-coverage", verdict, f"Only {found.coverage:.0%} of the words were found.")
    if found.confidence is not None and found.confidence < limits.confidence_warn:
        verdict = _verdict(found.confidence < limits.confidence_fail)
        yield Finding("low-confidence", verdict, "The words hardly fit to what is sung.")
    if found.weak_lines >= limits.weak_lines_warn:
        yield Finding("weak-lines", "warn", f"{found.weak_lines:.0%} of the lines hardly fit to what is sung.")


def _of_sound(found: Measures, limits: QcSettings) -> Iterator[Finding]:
    if found.lengths_differ_ms > limits.lengths_differ_ms:
        yield Finding("lengths-differ", "fail", f"The stems' lengths differ by {found.lengths_differ_ms} ms.")
    if found.minus_lufs is None:
        yield Finding("minus-silent", "warn", "There is no music without the vocals.")
    elif found.minus_lufs < limits.quiet_lufs:
        yield Finding("minus-quiet", "warn", f"The music without the vocals has only {found.minus_lufs:.0f} LUFS.")
    if found.minus_true_peak_dbtp is not None and found.minus_true_peak_dbtp > limits.true_peak_dbtp:
        yield Finding("true-peak", "warn", f"The minus peaks at {found.minus_true_peak_dbtp:+.1f} dBTP.")


def _verdict(is_fail: bool) -> Literal["warn", "fail"]:
    return "fail" if is_fail else "warn"
