"""One row: the waveform, over it the sections, on it the words, under it their texts and the time."""

from collections.abc import Sequence
from typing import Any

from aik_lyrics.documents import Section, Word
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from aik_local.demo.picture import theme
from aik_local.demo.picture.layout import LANES, Label, Row
from aik_local.demo.picture.waveform import Waveform

LABEL_SIZE, SMALL, TINY = 10.5, 8.5, 7.0
INDENT = 0.05
"""Inches between a word's beginning and its text."""
# The heights of a row, from the top: sections, waveform, texts; the time stands below it.
TOP, SECTION, WAVE, TEXTS = 1.0, 0.9, 0.40, 0.0
SPAN = SECTION - 0.025
BAR = 0.022
LANE = (WAVE - BAR - 0.03 - TEXTS) / LANES


def label_inches(text: str) -> float:
    return theme.width_inches(theme.written(text), LABEL_SIZE) + 2.5 * INDENT


def draw_row(
    axes: Axes, row: Row, sections: Sequence[Section], minus: Waveform, vocals: Waveform, scale: float
) -> None:
    """`scale` is the sample that reaches the edge of the waveform's strip."""
    axes.set_xlim(row.start_s, row.end_s)
    axes.set_ylim(TEXTS, TOP)
    axes.set_axis_off()
    end_s = min(row.end_s, minus.seconds)
    _clock(axes, row, end_s)
    for section in sections:
        _section(axes, row, section, end_s)
    for line in row.lines:
        if line.start_ms is not None and line.start_ms >= row.start_s * 1000:
            axes.plot([line.start_ms / 1000] * 2, [TEXTS, SECTION], color=theme.FAINT, lw=0.8, zorder=1)
    for word in row.words:
        _span(axes, row, word)
    for waveform, colour in ((minus, theme.MINUS), (vocals, theme.VOCALS)):
        _wave(axes, row, waveform, colour, scale)
    for label in row.labels:
        _text(axes, label)


def _clock(axes: Axes, row: Row, end_s: float) -> None:
    for second in range(round(row.start_s), int(end_s) + 1):
        axes.plot([second, second], [TEXTS, SECTION], color=theme.GRID, lw=0.6, zorder=0)
        if second % 2 == 0 and second < row.end_s:
            text = f"{second // 60}:{second % 60:02}"
            axes.text(
                second, TEXTS - 0.02, text, va="top", ha="center", color=theme.FAINT, fontproperties=theme.font(SMALL)
            )


def _section(axes: Axes, row: Row, section: Section, end_s: float) -> None:
    start, end = max(row.start_s, section.start_ms / 1000), min(end_s, section.end_ms / 1000)
    if start >= end:
        return
    colour = theme.SECTIONS.get(section.kind, theme.SECTION)
    axes.add_patch(
        Rectangle((start, SECTION + 0.005), end - start, TOP - SECTION - 0.005, fc=colour, ec=theme.PAPER, lw=1.5)
    )
    name = theme.written(section.label or section.kind)
    # Cut where the section ends: a short one has a short name.
    axes.text(
        start + 0.05,
        (SECTION + TOP) / 2,
        name,
        va="center",
        color=theme.INK,
        fontproperties=theme.font(SMALL),
        clip_on=True,
    ).set_clip_path(Rectangle((start, SECTION), end - start, TOP - SECTION, transform=axes.transData))


def _span(axes: Axes, row: Row, word: Word) -> None:
    """From the word's start to its end, over the waveform's height; dashed where nobody heard it."""
    start, end = (word.start_ms or 0) / 1000, (word.end_ms or 0) / 1000
    start, end = max(start, row.start_s), min(max(end, start + 0.02), row.end_s)
    colour, derived = _colour(word), word.timing == "derived"
    style: Any = (0, (3, 2)) if derived else "-"
    axes.add_patch(Rectangle((start, WAVE), end - start, SPAN - WAVE, fc=colour, lw=0, alpha=0.08 if derived else 0.2))
    axes.add_patch(Rectangle((start, WAVE), end - start, SPAN - WAVE, fc="none", ec=colour, lw=1, ls=style, zorder=4))
    if not derived:
        axes.add_patch(Rectangle((start, WAVE - BAR), end - start, BAR, fc=colour, ec=theme.PAPER, lw=0.5, zorder=4))
    text = "" if word.confidence is None else f"{word.confidence:.2f}".removeprefix("0")
    if theme.width_inches(text, TINY) + INDENT < (end - start) * _inches_per_second(axes):
        place = ((start + end) / 2, SPAN - 0.015)
        axes.text(*place, text, va="top", ha="center", color=theme.FAINT, fontproperties=theme.font(TINY), zorder=5)


def _colour(word: Word) -> str:
    return theme.MANUAL if word.timing == "manual" else theme.colour(word.confidence)


def _inches_per_second(axes: Axes) -> float:
    start, end = axes.get_xlim()
    figure = axes.get_figure(root=True)
    return float(axes.get_position().width * (figure.get_figwidth() if figure else 1) / (end - start))


def _wave(axes: Axes, row: Row, waveform: Waveform, colour: str, scale: float) -> None:
    seconds, low, high = waveform.between(row.start_s, row.end_s)
    middle, half = (SPAN + WAVE) / 2, (SPAN - WAVE) / 2 - 0.04
    lower, upper = ([middle + half * value / scale for value in values] for values in (low, high))
    axes.fill_between(seconds, lower, upper, color=colour, lw=0.4, zorder=3, alpha=0.9)


def _text(axes: Axes, label: Label) -> None:
    """Hung from the beginning of the word's span."""
    start, top = (label.word.start_ms or 0) / 1000, WAVE - BAR - 0.025 - label.lane * LANE
    axes.plot([start, start], [top - LANE * 0.85, WAVE], color=_colour(label.word), lw=1.2, zorder=2)
    at_s = label.at_s + INDENT / _inches_per_second(axes)
    style = theme.font(LABEL_SIZE)
    axes.text(at_s, top, theme.written(label.word.text), va="top", color=theme.INK, fontproperties=style, zorder=5)
