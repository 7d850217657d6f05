"""One rule a code: the number that it looks at, its limits, and what it says to a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from aik_qc.codes import Code
from aik_qc.report import Numbers
from aik_qc.settings import QcSettings

_FEWEST_LETTERS = 60  # of fewer letters, agreement by chance says little
_UNDERSTOOD = 0.7  # agreement from which on the ear can be trusted


@dataclass(frozen=True)
class Rule:
    """Found where the value reaches a limit; `below`: where it falls under it. None: not known, or no such limit."""

    code: Code
    value: float | None
    warn: float | None
    fail: float | None
    detail: str
    below: bool = False

    def passes(self, limit: float | None) -> bool:
        if self.value is None or limit is None:
            return False
        return self.value < limit if self.below else self.value >= limit


def rules(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    """In the order of the report."""
    yield from _of_words(n, limits)
    yield from _of_lyrics(n, limits)
    yield from _of_places(n, limits)
    yield from _of_minus(n, limits)
    yield from _of_levels(n, limits)


def _of_words(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    yield Rule("invariants", n.problems, None, 1, f"{n.problems} lines break the rules of the format.")
    silent = f"{n.words_in_silence_share:.0%} of the words are where nobody sings."
    yield Rule("words-in-silence", n.words_in_silence_share, limits.silent_words_warn, limits.silent_words_fail, silent)
    short = f"{n.words_too_short_share:.0%} of the words are too short to be sung."
    yield Rule("words-too-short", n.words_too_short_share, limits.short_words_warn, limits.short_words_fail, short)
    fast = f"{n.words_in_fast_lines_share:.0%} of the words are in lines that nobody can sing so fast."
    yield Rule("lines-too-fast", n.words_in_fast_lines_share, limits.fast_lines_warn, limits.fast_lines_fail, fast)
    long = f"One word lasts {n.longest_word_ms / 1000:.1f} s."
    yield Rule("long-words", n.longest_word_ms, limits.long_word_ms + 1, None, long)


def _of_lyrics(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    found = f"Only {n.coverage or 0:.0%} of the words were found."
    yield Rule("low-coverage", n.coverage, limits.coverage_warn, limits.coverage_fail, found, below=True)
    fits = "The words hardly fit to what is sung."
    yield Rule("low-confidence", n.confidence, limits.confidence_warn, limits.confidence_fail, fits, below=True)
    weak = f"{n.words_in_weak_runs_share:.0%} of the words are in long runs of words that were hardly found."
    yield Rule("weak-runs", n.words_in_weak_runs_share, limits.weak_runs_warn, None, weak)
    unsung = f"{n.lines_not_sung_share:.0%} of the lines were not found in the recording."
    yield Rule("lines-not-sung", n.lines_not_sung_share, limits.unsung_lines_warn, limits.unsung_lines_fail, unsung)
    alone = f"No singing was found: the vocals are {n.voice_under_music_db or 0:.0f} dB quieter than the music."
    under = n.voice_under_music_db if _is_unheard(n, limits) else None
    yield Rule("no-vocals", under, limits.no_vocals_warn_db, limits.no_vocals_fail_db, alone)
    if under is not None and under >= limits.no_vocals_warn_db:
        return  # Whatever was heard instead says nothing of the lyrics.
    wrong = f"What is heard agrees with {n.agreement or 0:.0%} of the lyrics: they seem to be another song's."
    agreement = n.agreement if _is_doubtful(n, limits) else None
    yield Rule("lyrics-wrong", agreement, limits.agreement_warn, limits.agreement_fail, wrong, below=True)
    other = f"The lyrics are said to be in “{n.language}”, but it sounds like “{n.heard_language}”."
    yield Rule("language-mismatch", _mismatch(n, limits), 1, None, other)


def _of_places(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    alone = f"{n.singing_without_words_share:.0%} of the singing is in no line."
    share = n.singing_without_words_share
    yield Rule("singing-without-words", share, limits.uncovered_warn, limits.uncovered_fail, alone)
    off = "Words and voice are often not in the same place."
    yield Rule("times-off", n.fit, limits.fit_warn, limits.fit_fail, off, below=True)
    where = "later" if n.shift_ms > 0 else "earlier"
    moved = f"All words would fit better {abs(n.shift_ms) / 1000:.1f} s {where}."
    yield Rule("times-shifted", abs(n.shift_ms), limits.shift_warn_ms, limits.shift_fail_ms, moved)


def _of_minus(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    lengths = f"The lengths of the stems and the lyrics differ by {n.durations_differ_ms} ms."
    yield Rule("lengths-differ", n.durations_differ_ms, None, limits.lengths_differ_ms + 1, lengths)
    if n.minus_lufs is None:
        yield Rule("minus-silent", 1, 1, None, "There is no music without the vocals.")
    quiet = f"The music without the vocals has only {n.minus_lufs or 0:.0f} LUFS."
    yield Rule("minus-quiet", n.minus_lufs, limits.quiet_lufs, None, quiet, below=True)
    if n.minus_lufs is not None and n.minus_lufs >= limits.quiet_lufs:
        under = f"The music without the vocals is {n.minus_below_voice_db or 0:.0f} dB quieter than these."
        yield Rule("minus-quiet", n.minus_below_voice_db, limits.quiet_below_voice_db, None, under)
    left = f"The vocals are still in the minus, {n.residual_vocals_db or 0:+.0f} dB."
    yield Rule("residual-vocals", n.residual_vocals_db, limits.residual_warn_db, limits.residual_fail_db, left)
    if n.residual_vocals_db is None or n.residual_vocals_db < limits.residual_warn_db:
        follows = f"The minus is {n.minus_follows_voice_db or 0:.0f} dB louder where somebody sings, as a voice is."
        yield Rule("residual-vocals", n.minus_follows_voice_db, limits.minus_follows_voice_db, None, follows)


def _of_levels(n: Numbers, limits: QcSettings) -> Iterator[Rule]:
    name, share = max((("minus", n.minus_clipped_share), ("vocals", n.vocals_clipped_share)), key=lambda one: one[1])
    cut = f"{share:.1%} of the samples of the {name} are cut off at full scale."
    yield Rule("clipping", share, limits.clipped_warn, limits.clipped_fail, cut)
    mix = f"{n.mix_clipped_share:.1%} of the samples of the mix are cut off at full scale."
    yield Rule("mix-clipping", n.mix_clipped_share, limits.clipped_warn, limits.clipped_fail, mix)
    noise = f"The minus has {n.noise_burst_ms / 1000:.1f} s of loud noise."
    yield Rule("noise-burst", n.noise_burst_ms, limits.noise_burst_ms, None, noise)
    peak, mix_peak = n.minus_true_peak_dbtp, n.mix_true_peak_dbtp
    yield Rule("true-peak", peak, limits.true_peak_dbtp, None, f"The minus peaks at {peak or 0:+.1f} dBTP.")
    yield Rule("mix-true-peak", mix_peak, limits.true_peak_dbtp, None, f"The mix peaks at {mix_peak or 0:+.1f} dBTP.")


def _is_unheard(n: Numbers, limits: QcSettings) -> bool:
    """Next to nothing of the lyrics was heard: a voice that is only mixed low is understood all the same."""
    return n.letters >= _FEWEST_LETTERS and n.agreement is not None and n.agreement < limits.agreement_warn


def _is_doubtful(n: Numbers, limits: QcSettings) -> bool:
    """In a language that it knows little of, a model hears other words than are sung, and still finds their places.
    Only where it does not, its hearing something else says that the lyrics are another song's."""
    unsure = n.confidence is not None and n.confidence < limits.confidence_warn
    return n.letters >= _FEWEST_LETTERS and (unsure or (n.coverage or 0) < limits.coverage_warn)


def _mismatch(n: Numbers, limits: QcSettings) -> float | None:
    """1 where it sounds like another language than it is said to be.

    A model that hears other words than are sung takes many a language for another, so its ear counts only where it
    understood the words, or where the lyrics are in doubt by themselves.
    """
    if n.language is None or n.heard_language is None or n.agreement is None:
        return None
    if n.agreement < _UNDERSTOOD and not (n.agreement < limits.agreement_warn and _is_doubtful(n, limits)):
        return None
    return float(_primary(n.language) != _primary(n.heard_language))


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
