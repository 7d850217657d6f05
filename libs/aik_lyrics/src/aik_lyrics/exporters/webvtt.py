"""WebVTT: a cue per line, with the time of each word inside it."""

from html import escape

from aik_lyrics.documents import Karaoke
from aik_lyrics.exporters.timed import TimedLine, clock, one_line, singer_names, timed_lines

_STYLE = """\
STYLE
::cue { color: #ffd54a; font-weight: bold }
::cue(:future) { color: #ffffff }
"""


def to_webvtt(karaoke: Karaoke, *, title: str | None = None) -> str:
    """Cues in the order of their starts; words not yet sung are white, sung ones yellow, where a player can do that."""
    head = "WEBVTT" + (f" {_escaped(one_line(title))}" if title else "")
    return "\n".join([f"{head}\n", _STYLE, *(_cue(karaoke, line) for line in timed_lines(karaoke))])


def _cue(karaoke: Karaoke, line: TimedLine) -> str:
    """A cue lasts at least 1 ms, or it would be no cue."""
    end_ms = max(line.end_ms, line.start_ms + 1)
    names = singer_names(karaoke, line.line)
    voice = f"<v {_escaped(names)}>" if names else ""
    return f"{clock(line.start_ms)} --> {clock(end_ms)}\n{voice}{_words(line, end_ms)}\n"


def _words(line: TimedLine, end_ms: int) -> str:
    """Each time inside a cue must be later than the one before it: words that begin together share theirs."""
    reached, row = line.start_ms, ""
    for word in line.words:
        if reached < word.start_ms < end_ms:
            reached = word.start_ms
            row += f"<{clock(reached)}>"
        row += _escaped(word.text) + _escaped(word.after)
    return row


def _escaped(text: str) -> str:
    return escape(text, quote=False)
