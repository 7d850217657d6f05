"""What every karaoke document promises about what is sung, as a check."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from aik_lyrics.documents import Karaoke, Line, Lyrics
from aik_lyrics.manual_times import Voice, voice_of


@dataclass(frozen=True)
class Problem:
    """One broken promise; `line_id` is None when it is the document's."""

    code: str
    line_id: str | None
    detail: str


def invariants(karaoke: Karaoke, lyrics: Lyrics | None = None) -> list[Problem]:
    """The promises that an aligned document breaks, none if it is sound; with `lyrics` also that no word is lost."""
    problems = [problem for line in karaoke.lines for problem in _of_line(line, karaoke.duration_ms)]
    problems += _order(karaoke)
    if lyrics is not None:
        problems += _words(karaoke, lyrics)
    return problems


def _of_line(line: Line, duration_ms: int | None) -> Iterator[Problem]:
    if line.text != "".join(word.text + word.after for word in line.words):
        yield Problem("text-differs", line.id, "the line's text is not its words with what stands between them")
    times = [time for word in line.words for time in (word.start_ms, word.end_ms)]
    if not line.sung:
        if any(time is not None for time in (line.start_ms, line.end_ms, *times)):
            yield Problem("time-not-sung", line.id, "a line that is not sung has times")
        return
    if line.start_ms is None or line.end_ms is None or any(time is None for time in times):
        yield Problem("time-missing", line.id, "a line that is sung has words without times")
        return
    if not 0 <= line.start_ms <= line.end_ms <= (line.end_ms if duration_ms is None else duration_ms):
        yield Problem("outside", line.id, f"{line.start_ms}–{line.end_ms} ms is not inside 0–{duration_ms} ms")
    for word in line.words:
        start, end = word.start_ms, word.end_ms
        if start is not None and end is not None and not line.start_ms <= start <= end <= line.end_ms:
            yield Problem("word-outside-line", line.id, f"“{word.text}” at {start}–{end} ms is not inside its line")


def _order(karaoke: Karaoke) -> Iterator[Problem]:
    reached: dict[Voice, int] = {}
    for line in karaoke.lines:
        for word in line.words:
            if word.start_ms is not None:
                if word.start_ms < reached.get(voice_of(line), 0):
                    yield Problem("order", line.id, f"“{word.text}” starts before the word that it follows")
                reached[voice_of(line)] = word.start_ms


def _words(karaoke: Karaoke, lyrics: Lyrics) -> Iterator[Problem]:
    wanted = [(line.id, word.id, word.text, word.after) for line in lyrics.lines for word in line.words]
    found = [(line.id, word.id, word.text, word.after) for line in karaoke.lines for word in line.words]
    for want, have in zip_longest(wanted, found):
        if want != have:
            detail = f"the lyrics have “{want[2] if want else ''}” where this has “{have[2] if have else ''}”"
            yield Problem("words-differ", (want or have or (None,))[0], detail)
            return
