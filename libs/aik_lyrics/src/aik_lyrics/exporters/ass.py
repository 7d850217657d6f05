"""ASS (Advanced SubStation Alpha): two lines on the screen, each word filled with colour while it is sung."""

from aik_lyrics.documents import Karaoke, Line
from aik_lyrics.exporters.timed import TimedLine, one_line, singer_names, singer_order, timed_lines

LEAD_IN_MS = 4_000
"""How long before its first word a line can be read, if its row is free by then."""
TAIL_MS = 200
PAUSE_MS = 5_000
"""After a pause this long the next line is the upper one again."""

_HEAD = """\
[Script Info]
Title: {title}
ScriptType: v4.00+
PlayResX: 1920
PlayResY: 1080
WrapStyle: 0
ScaledBorderAndShadow: yes
{language}
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
{styles}
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
# Sung is the primary colour, not yet sung the secondary one (white); colours are written BBGGRR.
_STYLE = (
    "Style: {name},Arial,72,&H00{sung},&H00FFFFFF,&H00181410,&H80000000,"
    "-1,{italic},0,0,100,100,0,0,1,4,2,2,80,80,80,1\n"
)
_SUNG = ("4AD5FF", "FFD16B", "C99DFF", "96E89B")
_UNSAFE = str.maketrans({"{": "｛", "}": "｝", "\\": "\\\u2060"})


def to_ass(karaoke: Karaoke, *, title: str | None = None) -> str:
    """Karaoke tags in hundredths of a second, each cut from the song's clock, so that their sum never drifts."""
    styles = [_STYLE.format(name=f"Singer {n}", sung=sung, italic=0) for n, sung in enumerate(_SUNG, 1)]
    styles.append(_STYLE.format(name="Backing", sung=_SUNG[0], italic=-1))
    language = f"Language: {one_line(karaoke.language)}\n" if karaoke.language else ""
    head = _HEAD.format(title=one_line(title or "Karaoke"), language=language, styles="".join(styles))
    return head + "".join(_events(karaoke))


def _events(karaoke: Karaoke) -> list[str]:
    """Lines take the upper and the lower row in turn; more rows only while more than two lines are sung at once."""
    events, free, last, sung_until = [], [0, 0], 1, -PAUSE_MS
    order = singer_order(karaoke)
    for line in timed_lines(karaoke):
        first = 0 if line.start_ms - sung_until >= PAUSE_MS else 1 - last % 2
        row = next((row for row in (first, 1 - first) if free[row] <= line.start_ms), None)
        if row is None:
            row = next((row for row in range(2, len(free)) if free[row] <= line.start_ms), len(free))
            free += [0] * (row + 1 - len(free))
        shown_ms = max(free[row], line.start_ms - LEAD_IN_MS, 0)
        events.append(_event(karaoke, line, shown_ms, row, _style(line.line, order)))
        free[row], last, sung_until = line.end_ms + TAIL_MS, row, max(sung_until, line.end_ms)
    return events


def _event(karaoke: Karaoke, line: TimedLine, shown_ms: int, row: int, style: str) -> str:
    name = (singer_names(karaoke, line.line) or "").replace(",", " ")
    margin = (210, 80)[row] if row < 2 else 80 + 130 * row
    start, end = _clock(shown_ms), _clock(line.end_ms + TAIL_MS)
    return f"Dialogue: 0,{start},{end},{style},{name},0,0,{margin},,{_tagged(line, shown_ms)}\n"


def _tagged(line: TimedLine, shown_ms: int) -> str:
    r"""\kf fills a word from left to right, which would be the wrong way round for \fe-1 (right-to-left) lines."""
    rtl = line.direction == "rtl"
    tag, row, reached = ("k" if rtl else "kf"), (r"{\fe-1}" if rtl else ""), shown_ms // 10
    for word, following in zip(line.words, [*line.words[1:], None], strict=True):
        start = word.start_ms // 10
        end = word.end_ms // 10 if following is None else min(word.end_ms, following.start_ms) // 10
        if reached < start:
            row += rf"{{\k{start - reached}}}"
        row += rf"{{\{tag}{end - start}}}" + word.text.translate(_UNSAFE) + word.after.translate(_UNSAFE)
        reached = end
    return row


def _style(line: Line, order: dict[str, int]) -> str:
    if line.role == "backing":
        return "Backing"
    number = order[line.singers[0]] if line.singers else 0
    return f"Singer {number % len(_SUNG) + 1}"


def _clock(milliseconds: int) -> str:
    minutes, hundredths = divmod(milliseconds // 10, 6_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"
