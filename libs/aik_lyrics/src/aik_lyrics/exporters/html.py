"""A self-contained web page that plays the minus and lights up each word as it is sung."""

import html
import json
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from aik_lyrics.documents import Karaoke, Line, Section, Word
from aik_lyrics.exporters.timed import one_line, singer_names, singer_order
from aik_lyrics.words import direction_of

UNSURE_BELOW = 0.6
"""The page hints at words of less confidence, as at those whose times were derived: fewer than six of ten such words
are within 0.3 s of where they are sung."""


def to_html(karaoke: Karaoke, audio: bytes, content_type: str, title: str = "Karaoke", artist: str = "") -> str:
    """One page with the audio inside it: it needs no network and no other file.

    Its policy lets nothing run but its own script, which is known by its hash; lyrics are data of that script.
    """
    style, script = _asset("page.css"), _asset("page.js")
    parts = {
        "language": html.escape(one_line(karaoke.language or "")),
        "heading": html.escape(one_line(f"{title} – {artist}" if artist else title)),
        "title": html.escape(one_line(title)),
        "artist": html.escape(one_line(artist)),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "song": _script_json(_song(karaoke)),
        "audio": f"data:{html.escape(content_type)};base64,{b64encode(audio).decode()}",
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("page.html"))


def _asset(name: str) -> str:
    return files("aik_lyrics.exporters").joinpath("page", name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _script_json(value: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _song(karaoke: Karaoke) -> dict[str, Any]:
    """What the page reads: the names of karaoke-json, without what is empty; voices are numbers from 0."""
    order = singer_order(karaoke)
    names = {singer.id: singer.name for singer in karaoke.singers or ()}
    return _filled(
        durationMs=karaoke.duration_ms,
        singers=[names.get(singer) or singer for singer in order],
        sections=[_section(section) for section in karaoke.sections or ()],
        lines=_lines(karaoke, order),
    )


def _lines(karaoke: Karaoke, order: dict[str, int]) -> list[dict[str, Any]]:
    """A line says who sings it where that is not who sang the one before."""
    lines, before = [], None
    for line in karaoke.lines:
        who = singer_names(karaoke, line) if line.sung else before
        lines.append(_line(line, order) | _filled(who=who if who != before else None))
        before = who
    return lines


def _line(line: Line, order: dict[str, int]) -> dict[str, Any]:
    """A line without words is a mark; it is a heading if it has a name, not a mere sign."""
    mark = (line.written or line.text) if not line.words else ""
    named = any(character.isalnum() for character in mark)
    return _filled(
        mark=(mark.strip("[](){}: ") or mark) if named else None,
        dir=line.dir or direction_of(line.text or mark),
        language=line.language,
        startMs=line.start_ms if line.sung else None,
        endMs=line.end_ms if line.sung else None,
        voices=[order[singer] for singer in line.singers or ()],
        backing=line.role == "backing" or None,
        words=[_word(word) for word in line.words] or ([{"text": mark}] if mark and not named else []),
    )


def _word(word: Word) -> dict[str, Any]:
    unsure = word.timing == "derived" or (word.confidence is not None and word.confidence < UNSURE_BELOW)
    return _filled(
        text=word.text,
        after=word.after,
        startMs=word.start_ms,
        endMs=word.end_ms,
        unsure=unsure or None,
        rtl=direction_of(word.text) == "rtl" or None,
    )


def _section(section: Section) -> dict[str, Any]:
    label = section.label or section.kind.capitalize()
    return {"kind": section.kind, "label": label, "startMs": section.start_ms, "endMs": section.end_ms}


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}
