"""What the demo leaves behind: files in a folder, a picture of them, and the lyrics on the screen."""

import json
import os
from pathlib import Path

from aik_lyrics.documents import Karaoke
from rich.console import Console
from rich.text import Text

from aik_local.demo.client import Download, KaraokeClient
from aik_local.layout import CACHES

MANIFEST, KARAOKE = "manifest.json", "karaoke.json"
PICTURE = "alignment.png"


def save(client: KaraokeClient, downloads: list[Download], folder: Path) -> Karaoke:
    """Writes every file of the version under the name that its manifest gives it, and returns the lyrics."""
    [listed] = [download for download in downloads if download.kind == "manifest"]
    manifest = client.fetch(listed)
    (folder / MANIFEST).write_bytes(manifest)
    names = {(file["kind"], file["format"]): file["name"] for file in json.loads(manifest)["files"]}
    for download in downloads:
        if download is not listed:
            (folder / names[download.kind, download.format]).write_bytes(client.fetch(download))
    return Karaoke.from_json((folder / KARAOKE).read_bytes())


def draw(karaoke: Karaoke, folder: Path, title: str) -> None:
    """Adds a picture of the words on the waveform. Takes a second, most of it to load what draws."""
    os.environ.setdefault("MPLCONFIGDIR", str(CACHES / "matplotlib"))
    from aik_local.demo.picture import draw as picture  # nothing else needs matplotlib
    from aik_local.demo.picture.waveform import Waveform

    minus, vocals = (Waveform.from_json((folder / f"{name}.peaks.json").read_bytes()) for name in ("minus", "vocals"))
    picture.draw(folder / PICTURE, karaoke, minus, vocals, title)


def show(console: Console, karaoke: Karaoke) -> None:
    """Every line with its time, and under it every word with its own; what is not sung as it was pasted."""
    for line in karaoke.lines:
        console.print(Text.assemble((_time(line.start_ms), "cyan"), "  ", (line.text or line.written or "", "bold")))
        if not line.words:
            continue
        words = "  ".join(f"{_time(word.start_ms)} {word.text}" for word in line.words)
        console.print(Text(words, style="dim"), soft_wrap=True)


def _time(position_ms: int | None) -> str:
    """mm:ss.cc"""
    if position_ms is None:
        return "--:--.--"
    minutes, rest_ms = divmod(position_ms, 60_000)
    return f"{minutes:02}:{rest_ms / 1000:05.2f}"
