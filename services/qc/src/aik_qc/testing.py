"""Small songs for the tests: a voice from 1 to 2 s over four seconds of music."""

from collections.abc import Sequence

import numpy as np
from aik_audio.samples import Samples
from aik_lyrics import Alignment, Karaoke, Line, Word

from aik_qc.voice import Voice

LENGTH_S = 4.0


def tone(start: float, end: float, *, level: float = 0.3, length: float = LENGTH_S, hz: float = 440) -> Samples:
    """In s; shape (frames, 2)."""
    time = np.arange(round(length * 44_100)) / 44_100
    mono = level * np.sin(2 * np.pi * hz * time) * ((time >= start) & (time < end))
    return np.repeat(mono[:, None], 2, axis=1).astype(np.float32)


def voice(start: float, end: float, length: float = LENGTH_S) -> Voice:
    """Heard from one time to another, in s."""
    at = np.arange(0, length, 0.05)
    return Voice(np.where((at >= start - 1e-9) & (at < end - 1e-9), -12.0, -90.0))


def word(
    at: int, length: int = 100, *, timing: str = "aligned", confidence: float | None = 0.8, text: str = "la"
) -> Word:
    return Word.model_validate(
        {
            "id": f"w{at}-{length}",
            "text": text,
            "startMs": at,
            "endMs": at + length,
            "timing": timing,
            "confidence": confidence,
        }
    )


def line(*words: Word, name: str = "l") -> Line:
    starts, ends = [one.start_ms or 0 for one in words], [one.end_ms or 0 for one in words]
    return Line(
        id=name,
        text="".join(one.text for one in words),
        start_ms=min(starts),
        end_ms=max(ends),
        words=words,
        confidence=0.8,
    )


def unsung(name: str) -> Line:
    return Line(id=name, text="la", sung=False, words=(Word(id=f"{name}w", text="la", timing="derived"),))


def karaoke(*lines: Line, duration_ms: int = 4_000, **alignment: float | str | None) -> Karaoke:
    known: dict[str, float | str | None] = {"engine": "test", "coverage": 1.0, "confidence": 0.8, **alignment}
    return Karaoke(
        track_id="trk",
        version=1,
        language="en",
        duration_ms=duration_ms,
        alignment=Alignment.model_validate(known),
        lines=lines,
    )


def sung_from_one_to_two() -> Sequence[Word]:
    """Words that fit to the voice."""
    return word(1_000, 480), word(1_500, 480)
