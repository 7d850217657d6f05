"""The head of the picture: which song, how it was aligned, and what the colours mean."""

from typing import Any

from aik_lyrics.documents import Karaoke
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from aik_local.demo.picture import theme

SIZE = 10.0
SAMPLE, SPACE, NEXT = 0.28, 0.08, 0.4
"""Inches: a sample of a colour, and what is left free before and after its name."""
LOW, HIGH = 0.0, 0.17


def draw_head(axes: Axes, karaoke: Karaoke, title: str, width: float) -> None:
    """`width` is that of the axes in inches."""
    axes.set_xlim(0, width)
    axes.set_ylim(0, 1)
    axes.set_axis_off()
    axes.text(0, 1.0, theme.written(title), va="top", color=theme.INK, fontproperties=theme.font(20, bold=True))
    axes.text(0, 0.56, theme.written(_about(karaoke)), va="top", color=theme.FAINT, fontproperties=theme.font(SIZE + 1))
    left = 0.0
    for colour, name in ((theme.VOCALS, "vocals"), (theme.MINUS, "accompaniment")):
        axes.add_patch(Rectangle((left, LOW), SAMPLE, HIGH, fc=colour))
        left = _name(axes, left + SAMPLE + SPACE, name)
    left = _confidence(axes, left)
    for colour, style, name in (
        (theme.colour(1.0), "-", "found in the singing"),
        (theme.colour(0.3), (0, (3, 2)), "derived: placed between others"),
        (theme.MANUAL, "-", "set by hand"),
        (theme.UNKNOWN, "-", "confidence not known"),
    ):
        left = _timing(axes, left, colour, style, name)


def _about(karaoke: Karaoke) -> str:
    words = [word for line in karaoke.lines for word in line.words]
    known = [word.confidence for word in words if word.confidence is not None]
    parts = [f"version {karaoke.version}", karaoke.language, _clock(karaoke.duration_ms), f"{len(words)} words"]
    parts += [f"{n} {timing}" for timing in ("aligned", "derived", "manual") if (n := _count(karaoke, timing))]
    if unplaced := sum(word.start_ms is None for word in words):
        parts.append(f"{unplaced} not sung")
    if karaoke.alignment is not None:
        parts.append(f"coverage {karaoke.alignment.coverage:.0%}")
    if known:
        parts.append(f"mean confidence {sum(known) / len(known):.2f}")
    return "  ·  ".join(part for part in parts if part)


def _count(karaoke: Karaoke, timing: str) -> int:
    words = (word for line in karaoke.lines for word in line.words)
    return sum(word.timing == timing and word.start_ms is not None for word in words)


def _clock(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else f"{milliseconds // 60_000}:{milliseconds // 1000 % 60:02}"


def _confidence(axes: Axes, left: float) -> float:
    left = _name(axes, left, "confidence 0", NEXT / 4)
    steps, width = 64, 2.4
    for step in range(steps):
        colour = theme.CONFIDENCE((step + 0.5) / steps)
        axes.add_patch(Rectangle((left + width * step / steps, LOW), width / steps * 1.05, HIGH, fc=colour, lw=0))
    return _name(axes, left + width + SPACE, "1")


def _timing(axes: Axes, left: float, colour: str, style: Any, name: str) -> float:
    axes.add_patch(Rectangle((left, LOW), SAMPLE, HIGH, fc=colour, alpha=0.2, lw=0))
    axes.add_patch(Rectangle((left, LOW), SAMPLE, HIGH, fc="none", ec=colour, lw=1.1, ls=style, clip_on=False))
    return _name(axes, left + SAMPLE + SPACE, name)


def _name(axes: Axes, left: float, name: str, following: float = NEXT) -> float:
    """Where the next thing begins."""
    place = (left, (LOW + HIGH) / 2)
    axes.text(*place, name, va="center_baseline", color=theme.INK, fontproperties=theme.font(SIZE))
    return left + theme.width_inches(name, SIZE) + following
