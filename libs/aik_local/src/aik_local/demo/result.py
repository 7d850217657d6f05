"""What the demo leaves behind: files in a folder, and the lyrics on the screen."""

from pathlib import Path
from typing import Any

from aik_lyrics.documents import Karaoke
from aik_lyrics.exporters.html import to_html
from rich.console import Console
from rich.text import Text

from aik_local.demo.client import Download, KaraokeClient

KEPT = ("minus", "vocals", "karaoke", "lrc")


def save(client: KaraokeClient, ready: dict[str, Any], downloads: list[Download], folder: Path, title: str) -> Karaoke:
    """Writes minus, vocals, karaoke.json, lyrics.lrc and karaoke.html, and returns the lyrics."""
    folder.mkdir(parents=True, exist_ok=True)
    karaoke = Karaoke.model_validate(ready["lyrics"])
    for download in downloads:
        if download.kind in KEPT:
            content = client.fetch(download)
            (folder / download.file_name).write_bytes(content)
            if download.kind == "minus" and download.content_type == ready["minusContentType"]:
                page = to_html(karaoke, content, download.content_type, title)
                (folder / "karaoke.html").write_text(page, "utf-8")
    return karaoke


def show(console: Console, karaoke: Karaoke) -> None:
    """Every line with its time, and under it every word with its own."""
    for line in karaoke.lines:
        console.print(Text.assemble((_time(line.start_ms), "cyan"), "  ", (line.text, "bold")))
        words = "  ".join(f"{_time(word.start_ms)} {word.text}" for word in line.words)
        console.print(Text(words, style="dim"), soft_wrap=True)


def _time(position_ms: int | None) -> str:
    """mm:ss.cc"""
    if position_ms is None:
        return "--:--.--"
    minutes, rest_ms = divmod(position_ms, 60_000)
    return f"{minutes:02}:{rest_ms / 1000:05.2f}"
