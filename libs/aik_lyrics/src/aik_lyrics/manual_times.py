"""Times given by hand: which ones can stand together."""

from collections.abc import Iterable, Iterator, Sequence

from aik_lyrics.documents import Line, Word
from aik_lyrics.errors import TimesInvalid

Voice = tuple[tuple[str, ...], str]
"""Who sings a line and in which role; times must not decrease within one voice."""

_NO_TIMES = {"start_ms": None, "end_ms": None, "timing": None}


def voice_of(line: Line) -> Voice:
    """A line without singers or role is sung by the one lead voice."""
    return tuple(line.singers or ()), line.role or "lead"


def check_times(lines: Iterable[Line], duration_ms: int | None) -> None:
    """Raises TimesInvalid at the first word whose times given by hand cannot be true."""
    limit = float("inf") if duration_ms is None else duration_ms
    for line, word, conflict in _conflicts(lines):
        end = word.start_ms if word.end_ms is None else word.end_ms
        if conflict or end is None or end > limit:
            raise TimesInvalid(f"{TimesInvalid.__doc__} See the word “{word.text}” in the line “{line.text}”.")


def without_conflicts(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without those times given by hand that contradict an earlier one."""
    gone = {word.id for _, word, conflict in _conflicts(lines) if conflict}
    return tuple(_without(line, gone) for line in lines)


def _conflicts(lines: Iterable[Line]) -> Iterator[tuple[Line, Word, bool]]:
    """Every word with a time given by hand, and whether it contradicts itself or an earlier one."""
    reached: dict[Voice, int] = {}
    for line in lines:
        for word in line.words:
            if word.timing == "manual":
                start = word.start_ms
                earliest = reached.get(voice_of(line), 0)
                conflict = start is None or start < earliest or (word.end_ms is not None and word.end_ms < start)
                if start is not None and not conflict:
                    reached[voice_of(line)] = start
                yield line, word, conflict


def _without(line: Line, gone: set[str]) -> Line:
    if gone.isdisjoint(word.id for word in line.words):
        return line
    words = tuple(word.model_copy(update=_NO_TIMES) if word.id in gone else word for word in line.words)
    return line.model_copy(update={"words": words})
