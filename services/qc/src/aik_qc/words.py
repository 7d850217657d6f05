"""The words of a document: which have times that nobody can sing, and which hang on nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aik_lyrics import Karaoke, Line, Word
from aik_lyrics.invariants import invariants

from aik_qc.codes import Code
from aik_qc.report import LineNumbers
from aik_qc.settings import QcSettings
from aik_qc.voice import Span, Voice

_SHORT_WORD_MS = 30  # nobody sings a word faster
_FASTEST_WORD = 60.0  # letters a second: the quickest of a short word, as aligners place it
_FASTEST_LINE = 30.0  # letters a second over a whole line: rap has 25
_RUN = 8  # so many weak words in a row have no anchor
_IDEOGRAPHS = "\u2e80", "\u9fff"
_LETTERS_OF_IDEOGRAPH = 3  # each is a syllable


@dataclass(frozen=True)
class Words:
    """Shares 0…1 of the words that are sung; `lines` has what was found of each line, by id.

    `letters` are those of all lines, sung or not, since agreement is a share of these.
    """

    problems: int
    count: int
    letters: int
    in_silence: float
    too_short: float
    in_fast_lines: float
    longest_ms: int
    in_weak_runs: float
    lines_not_sung: float
    lines: Mapping[str, "LineWords"]
    spans: Sequence[Span]
    line_spans: Sequence[Span]


@dataclass(frozen=True)
class LineWords:
    codes: tuple[Code, ...]
    numbers: LineNumbers


def words_of(karaoke: Karaoke, voice: Voice, limits: QcSettings) -> Words:
    """Times given by hand are not judged."""
    with_words = [line for line in karaoke.lines if line.words]
    sung = [line for line in with_words if line.sung]
    words = [word for line in sung for word in line.words]
    judged = [word for word in words if word.timing != "manual"]
    broken = invariants(karaoke)
    weak = _weak_runs(words, limits)
    codes = {line.id: _codes(line, voice, weak, limits) for line in sung}
    codes |= {line.id: ["lines-not-sung"] for line in with_words if not line.sung}
    for problem in broken:
        codes.setdefault(problem.line_id or "", []).insert(0, "invariants")
    return Words(
        problems=len(broken),
        count=len(words),
        letters=sum(letters(word.text) for line in with_words for word in line.words),
        in_silence=_share(judged, {word.id for word in judged if _is_silent(word, voice)}),
        too_short=_share(judged, {word.id for word in judged if _is_too_short(word)}),
        in_fast_lines=_share(words, {word.id for line in sung if _is_fast(line) for word in line.words}),
        longest_ms=max(map(_length_ms, words), default=0),
        in_weak_runs=_share(words, weak),
        lines_not_sung=(len(with_words) - len(sung)) / max(1, len(with_words)),
        lines={line.id: LineWords(tuple(codes[line.id]), _numbers(line, voice)) for line in with_words},
        spans=_spans(words),
        line_spans=_spans(sung),
    )


def letters(text: str) -> int:
    """How much there is to sing: letters and digits, ideographs as three."""
    first, last = _IDEOGRAPHS
    return sum(_LETTERS_OF_IDEOGRAPH if first <= one <= last else 1 for one in text if one.isalnum())


def _codes(line: Line, voice: Voice, weak: frozenset[str], limits: QcSettings) -> list[Code]:
    """What is wrong with a line, in a fixed order; half of its words decide where there is no limit of its own."""
    judged = [word for word in line.words if word.timing != "manual"]
    half = len(line.words) / 2
    found: dict[Code, bool] = {
        "words-in-silence": sum(_is_silent(word, voice) for word in judged) >= max(1, half),
        "words-too-short": sum(map(_is_too_short, judged)) >= max(1, half),
        "lines-too-fast": _is_fast(line),
        "long-words": any(_length_ms(word) > limits.long_word_ms for word in judged),
        "weak-runs": sum(word.id in weak for word in line.words) >= max(1, half),
    }
    return [code for code, is_there in found.items() if is_there]


def _numbers(line: Line, voice: Voice) -> LineNumbers:
    judged = [word for word in line.words if word.timing != "manual"] if line.sung else []
    speed, span = _letters_per_s(line), _spans([line])
    heard = voice.heard_share(span[0]) if span else None
    return LineNumbers(
        words=len(line.words),
        words_in_silence=sum(_is_silent(word, voice) for word in judged),
        words_too_short=sum(map(_is_too_short, judged)),
        longest_word_ms=max(map(_length_ms, line.words), default=0),
        letters_per_s=None if speed is None else round(speed, 1),
        confidence=line.confidence,
        heard_share=None if heard is None else round(heard, 3),
    )


def _weak_runs(words: Sequence[Word], limits: QcSettings) -> frozenset[str]:
    """The words in long runs of which none was found with any confidence."""
    runs = (list(run) for weak, run in groupby(words, lambda word: _is_weak(word, limits)) if weak)
    return frozenset(word.id for run in runs if len(run) >= _RUN for word in run)


def _is_weak(word: Word, limits: QcSettings) -> bool:
    return word.timing == "derived" or (word.confidence is not None and word.confidence < limits.weak_word)


def _is_silent(word: Word, voice: Voice) -> bool:
    return word.start_ms is not None and voice.silent_at(word.start_ms)


def _is_too_short(word: Word) -> bool:
    length = _length_ms(word)
    return length < _SHORT_WORD_MS or letters(word.text) * 1000 > _FASTEST_WORD * length


def _is_fast(line: Line) -> bool:
    speed = _letters_per_s(line)
    return speed is not None and speed > _FASTEST_LINE and any(word.timing != "manual" for word in line.words)


def _letters_per_s(line: Line) -> float | None:
    if line.start_ms is None or line.end_ms is None:
        return None
    return sum(letters(word.text) for word in line.words) * 1000 / max(1, line.end_ms - line.start_ms)


def _length_ms(word: Word) -> int:
    return (word.end_ms or 0) - (word.start_ms or 0)


def _spans(timed: Iterable[Word | Line]) -> list[Span]:
    spans = [(one.start_ms, one.end_ms) for one in timed]
    return [(start, end) for start, end in spans if start is not None and end is not None]


def _share(words: Sequence[Word], ids: Iterable[str]) -> float:
    return len(frozenset(ids)) / max(1, len(words))
