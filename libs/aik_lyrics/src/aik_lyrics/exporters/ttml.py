"""TTML 1: a paragraph per line, and in it a span per word."""

from xml.sax.saxutils import escape, quoteattr

from aik_lyrics.documents import Karaoke
from aik_lyrics.exporters.timed import TimedLine, TimedWord, clock, one_line, singer_names, timed_lines

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
  xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"
  ttp:timeBase="media" xml:lang={language}>
<head>
<metadata>
{metadata}</metadata>
<styling><style xml:id="lyrics" tts:color="#ffffff" tts:fontFamily="sansSerif" tts:textAlign="center"/></styling>
<layout><region xml:id="bottom" tts:origin="5% 5%" tts:extent="90% 90%" tts:displayAlign="after"/></layout>
</head>
<body region="bottom" style="lyrics"><div>
"""


def to_ttml(karaoke: Karaoke, *, title: str | None = None, artist: str | None = None) -> str:
    """Times to the millisecond; a span's times count from its paragraph's begin, as the standard has it."""
    lines = timed_lines(karaoke)
    names = dict.fromkeys(name for line in lines if (name := singer_names(karaoke, line.line)))
    agents = {name: f"voice{number}" for number, name in enumerate(names, 1)}
    head = _HEAD.format(language=quoteattr(karaoke.language or ""), metadata=_metadata(title, artist, agents))
    rows = [_paragraph(line, agents.get(singer_names(karaoke, line.line) or "")) for line in lines]
    return head + "".join(rows) + "</div></body>\n</tt>\n"


def _metadata(title: str | None, artist: str | None, agents: dict[str, str]) -> str:
    rows = [f"<ttm:title>{escape(one_line(title))}</ttm:title>"] if title else []
    if artist:
        rows.append(f"<ttm:desc>{escape(one_line(artist))}</ttm:desc>")
    for name, agent in agents.items():
        label = f'<ttm:name type="full">{escape(name)}</ttm:name>'
        rows.append(f'<ttm:agent xml:id="{agent}" type="other">{label}</ttm:agent>')
    return "".join(f"{row}\n" for row in rows)


def _paragraph(line: TimedLine, agent: str | None) -> str:
    end_ms = max(line.end_ms, *(_end_ms(word) for word in line.words))
    attributes = f'begin="{clock(line.start_ms)}" end="{clock(end_ms)}"'
    if agent:
        attributes += f' ttm:agent="{agent}"'
    if line.line.language:
        attributes += f" xml:lang={quoteattr(line.line.language)}"
    if line.direction == "rtl":
        attributes += ' tts:direction="rtl" tts:unicodeBidi="embed"'
    spans = "".join(_span(word, line.start_ms) + escape(word.after) for word in line.words)
    return f"<p {attributes}>{spans}</p>\n"


def _span(word: TimedWord, origin_ms: int) -> str:
    begin, end = clock(word.start_ms - origin_ms), clock(_end_ms(word) - origin_ms)
    return f'<span begin="{begin}" end="{end}">{escape(word.text)}</span>'


def _end_ms(word: TimedWord) -> int:
    """A word lasts at least 1 ms: what ends where it begins is never shown, and some readers leave it out."""
    return max(word.end_ms, word.start_ms + 1)
