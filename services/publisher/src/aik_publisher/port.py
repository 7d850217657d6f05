"""What the publisher asks of an encoder."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from aik_audio.encode import Write
from aik_service.step import Engine


class Encoder(Engine, Protocol):
    """Writes blocks of shape (frames, 2), 44.1 kHz, in the format that the path's suffix names (.flac, .m4a).

    The file is whole when the context ends, and plays exactly as long as its samples; samples outside of -1…1 are
    clipped; the same samples give the same bytes, however they are cut. Memory is bounded, whatever the length.
    """

    @property
    def threads(self) -> int:
        """How many files may be written to at once, each by one thread; no byte depends on it."""

    def encode(self, path: Path) -> AbstractContextManager[Write]: ...
