"""LRC: one time per line, read by most players; enhanced LRC (A2) has a time per word as well."""

import re

from aik_lyrics.documents import Karaoke
from aik_lyrics.exporters.timed import TimedLine, one_line, timed_lines

_LIKE_A_STAMP = re.compile(r"[\[<](?=\d+:\d)")
_FULL_WIDTH = str.maketrans("[<", "［＜")


def to_lrc(karaoke: Karaoke, *, title: str | None = None, artist: str | None = None) -> str:
    """The lines that are sung, by time, in hundredths of a second (cut, so that nothing comes late)."""
    rows = [f"[{_clock(line.start_ms)}]{_text(line.text)}" for line in timed_lines(karaoke)]
    return _file(karaoke, rows, title, artist)


def to_enhanced_lrc(karaoke: Karaoke, *, title: str | None = None, artist: str | None = None) -> str:
    """LRC with <mm:ss.xx> before each word, and after a word where nothing is sung until the next one."""
    rows = [f"[{_clock(line.start_ms)}]{_words(line)}" for line in timed_lines(karaoke)]
    return _file(karaoke, rows, title, artist)


def _file(karaoke: Karaoke, rows: list[str], title: str | None, artist: str | None) -> str:
    tags = {"ti": title, "ar": artist}
    head = [f"[{tag}:{one_line(value)}]" for tag, value in tags.items() if value]
    if karaoke.duration_ms is not None:
        head.append(f"[length:{_clock(karaoke.duration_ms)}]")
    return "".join(f"{row}\n" for row in [*head, *rows])


def _words(line: TimedLine) -> str:
    row = ""
    for word, following in zip(line.words, [*line.words[1:], None], strict=True):
        row += f"<{_clock(word.start_ms)}>{_text(word.text)}"
        if following is None or word.end_ms // 10 < following.start_ms // 10:
            row += f"<{_clock(word.end_ms)}>"
        row += word.after
    return row


def _text(text: str) -> str:
    """A word that looks like a time must not become one."""
    return _LIKE_A_STAMP.sub(lambda found: found[0].translate(_FULL_WIDTH), text)


def _clock(milliseconds: int) -> str:
    """Minutes go on after 59: LRC has no hours."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000 // 10:02d}"
