"""A self-contained web page that plays the minus and lights up each word as it is sung."""

import html
import json
import re
from base64 import b64encode
from importlib.resources import files
from typing import Any

from aik_lyrics.documents import Karaoke, Line


def to_html(karaoke: Karaoke, audio: bytes, content_type: str, title: str = "Karaoke", artist: str = "") -> str:
    """One page with the audio inside it: it needs no network and no other file."""
    template = files("aik_lyrics.exporters").joinpath("page.html").read_text("utf-8")
    parts = {
        "title": html.escape(title),
        "language": html.escape(karaoke.language or ""),
        "audio": f"data:{html.escape(content_type)};base64,{b64encode(audio).decode()}",
        "lines": _script_json([_line(line) for line in karaoke.lines]),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _line(line: Line) -> dict[str, Any]:
    words = [[word.text, word.after, word.start_ms, word.end_ms] for word in line.words]
    return {"start": line.start_ms, "end": line.end_ms, "words": words}


def _script_json(value: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
