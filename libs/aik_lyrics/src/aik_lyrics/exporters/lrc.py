"""LRC: one time per line, read by most players."""

from aik_lyrics.documents import Karaoke


def to_lrc(karaoke: Karaoke) -> str:
    """Standard LRC with the song's length and the lines that are sung, by time, in hundredths of a second."""
    timed = [(line.start_ms, line.text) for line in karaoke.lines if line.sung and line.start_ms is not None]
    rows = [f"[{_clock(start_ms)}]{text}" for start_ms, text in sorted(timed, key=lambda row: row[0])]
    if karaoke.duration_ms is not None:
        rows.insert(0, f"[length:{_clock(karaoke.duration_ms)}]")
    return "".join(f"{row}\n" for row in rows)


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000 // 10:02d}"
