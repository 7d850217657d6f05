"""Colours and letters of the picture."""

from pathlib import Path

from matplotlib import get_data_path
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.font_manager import FontProperties, get_font

PAPER, INK, FAINT, GRID = "#ffffff", "#1d2433", "#7b8496", "#e6e9ef"
MINUS, VOCALS = "#d3d9e4", "#5b7db1"
UNKNOWN, MANUAL = "#9aa3b2", "#7a4fc9"
CONFIDENCE = LinearSegmentedColormap.from_list("confidence", ["#c8324a", "#e9a23b", "#1f9d7a"])
"""From 0 to 1."""
SECTIONS = {"instrumental": "#eef0f4", "vocal": "#fde9e2"}
SECTION = "#e3edf9"
"""Verse, chorus and whatever else has a name."""
MISSING = "□"

_FONTS = Path(get_data_path()) / "fonts" / "ttf"
"""Those that come with matplotlib: the picture is the same whatever fonts a machine has."""


def font(size: float, *, bold: bool = False) -> FontProperties:
    return FontProperties(fname=str(_file(bold)), size=size)


def written(text: str) -> str:
    """With a box for each letter that DejaVu Sans lacks; it has Latin, Cyrillic, Greek, Hebrew, Arabic and more."""
    known = get_font(str(_file(False)))
    return "".join(letter if known.get_char_index(ord(letter)) else MISSING for letter in text)


def width_inches(text: str, size: float) -> float:
    letters = get_font(str(_file(False)))
    letters.set_size(size, 72)
    letters.set_text(text, 0.0)
    return letters.get_width_height()[0] / 64 / 72


def colour(confidence: float | None) -> str:
    return UNKNOWN if confidence is None else to_hex(CONFIDENCE(confidence))


def _file(bold: bool) -> Path:
    return _FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
