"""UltraStar.txt: the notes of singing games; all of them freestyle, as nobody knows their pitch."""

from collections.abc import Iterable

from aik_lyrics.documents import Karaoke
from aik_lyrics.exporters.timed import TimedLine, TimedWord, one_line, singer_names, singer_order, timed_lines

BPM = 1_500
BEAT_MS = 10
"""The format counts four beats to the one that BPM means: 60 000 / 1 500 / 4 ms."""

_LANGUAGES = {
    "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def to_ultrastar(
    karaoke: Karaoke, *, title: str | None = None, artist: str | None = None, audio_file: str = "minus.m4a"
) -> str:
    """Version 1.0.0 of the format, a beat every 10 ms; two parts (P1, P2) where two voices sing."""
    lines = timed_lines(karaoke)
    gap_ms = min((word.start_ms for line in lines for word in line.words), default=0)
    first, second = _parts(karaoke, lines)
    head = {
        "VERSION": "1.0.0",
        "TITLE": title or "Unknown",
        "ARTIST": artist or "Unknown",
        "MP3": audio_file,
        "BPM": str(BPM),
        "GAP": str(gap_ms),
        "LANGUAGE": _LANGUAGES.get(karaoke.language or "", karaoke.language or ""),
        "P1": _name(karaoke, first) if second else "",
        "P2": _name(karaoke, second),
    }
    rows = [f"#{name}:{one_line(value).strip()}" for name, value in head.items() if value]
    rows += [*(["P1"] if second else []), *_notes(first, gap_ms)]
    rows += ["P2", *_notes(second, gap_ms)] if second else []
    return "".join(f"{row}\n" for row in [*rows, "E"])


def _parts(karaoke: Karaoke, lines: Iterable[TimedLine]) -> tuple[list[TimedLine], list[TimedLine]]:
    """The lines of the first singer and of the others; what one part has no room for is tried in the other.

    A part is one voice: a line that begins inside another one of both parts is left out. One voice alone is the first.
    """
    parts: tuple[list[TimedLine], list[TimedLine]] = ([], [])
    order = singer_order(karaoke)
    for line in lines:
        wanted = sorted({min(order[singer], 1) for singer in line.line.singers or ()}) or [0]
        free = [part for part in (0, 1) if not parts[part] or _last_start(parts[part]) <= line.words[0].start_ms]
        for part in [part for part in wanted if part in free] or free[:1]:
            parts[part].append(line)
    return parts if parts[0] else (parts[1], parts[0])


def _last_start(part: list[TimedLine]) -> int:
    return part[-1].words[-1].start_ms


def _name(karaoke: Karaoke, part: list[TimedLine]) -> str:
    return next((name for line in part if (name := singer_names(karaoke, line.line))), "")


def _notes(lines: list[TimedLine], gap_ms: int) -> list[str]:
    """A space after a note's text ends a word; a line ends where its last note does."""
    beats = iter(_beats([word for line in lines for word in line.words], gap_ms))
    rows: list[str] = []
    for line in lines:
        for word, (start, length) in zip(line.words, beats, strict=False):  # the other beats are those of later lines
            rows.append(f"F {start} {length} 0 {word.text}{word.after}")
            line_end = start + length
        rows.append(f"- {line_end}")
    return rows[:-1]


def _beats(words: list[TimedWord], gap_ms: int) -> list[tuple[int, int]]:
    """First beat and length of each note, which lasts a beat at least and ends where the next one begins."""
    starts: list[int] = []
    for word in words:
        starts.append(max((word.start_ms - gap_ms) // BEAT_MS, starts[-1] + 1 if starts else 0))
    limits = [*starts[1:], float("inf")][: len(starts)]
    ends = [min((word.end_ms - gap_ms) // BEAT_MS, limit) for word, limit in zip(words, limits, strict=True)]
    return [(start, max(1, int(end) - start)) for start, end in zip(starts, ends, strict=True)]
