"""The figure: a head with the legend, and under it the rows."""

from pathlib import Path

from aik_lyrics.documents import Karaoke
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from aik_local.demo.picture import theme
from aik_local.demo.picture.layout import row_seconds, rows
from aik_local.demo.picture.legend import draw_head
from aik_local.demo.picture.row import draw_row, label_inches
from aik_local.demo.picture.waveform import Waveform

WIDTH, MARGIN, HEAD, ROW, GAP, FOOT = 20.0, 0.5, 1.5, 1.9, 0.4, 0.1
"""Inches."""
DPI = 100


def draw(path: Path, karaoke: Karaoke, minus: Waveform, vocals: Waveform, title: str) -> None:
    """A PNG of 2,000 pixels width; the same documents give the same bytes."""
    inner = WIDTH - 2 * MARGIN
    second = inner / row_seconds(minus.seconds)
    found = rows(karaoke, minus.seconds, lambda text: label_inches(text) / second)
    height = HEAD + len(found) * (ROW + GAP) + FOOT
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=theme.PAPER)
    FigureCanvasAgg(figure)

    def axes(top: float, tall: float) -> Axes:
        return figure.add_axes((MARGIN / WIDTH, 1 - (top + tall) / height, inner / WIDTH, tall / height))

    draw_head(axes(0.25, HEAD - 0.5), karaoke, title, inner)
    scale = max(minus.peak, vocals.peak, 1 / 128)
    for number, row in enumerate(found):
        draw_row(axes(HEAD + number * (ROW + GAP), ROW), row, karaoke.sections or (), minus, vocals, scale)
    figure.savefig(path, format="png", dpi=DPI, metadata={"Software": None})
