"""One file of named parts, tar.gz, whose bytes follow from its parts alone."""

import gzip
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO


class FileThere(Exception):
    """There is a file with this name: remove it, or give another name."""

    code = "file-there"


class NotAnExport(Exception):
    """This file was not written by an export, or not to its end: export again."""

    code = "not-an-export"


class Archive:
    """Takes parts one after another; none of them is kept in memory."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, content: bytes) -> None:
        self._add(name, len(content), BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as content:
            self._add(name, path.stat().st_size, content)

    def _add(self, name: str, size: int, content: IO[bytes]) -> None:
        part = tarfile.TarInfo(name)
        part.size, part.mode, part.mtime = size, 0o644, 0
        self._tar.addfile(part, content)


@contextmanager
def created(path: Path) -> Iterator[Archive]:
    """A new archive, for its owner alone, which has its name once it is whole. Raises FileThere, with that name.

    Nothing is written over: an archive that somebody else is writing under this name is there already, too.
    """
    if path.exists():
        raise FileThere(str(path))
    unfinished = path.with_name(path.name + ".part")
    file = _claimed(unfinished)
    try:
        with (
            file as raw,
            gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            yield Archive(tar)
        _name(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _name(unfinished: Path, path: Path) -> None:
    """In one step, and once its bytes are on the disk; replaces nothing. Raises FileThere."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise FileThere(str(path)) from error


def _claimed(path: Path) -> IO[bytes]:
    """A song's sounds, words and callback URLs are nobody else's business, whatever the umask. Raises FileThere."""
    try:
        return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))
    except FileExistsError as error:
        raise FileThere(str(path)) from error


@contextmanager
def parts_of(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Names and contents in their order; a content is to be read before the next part. Raises NotAnExport, OSError."""
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            yield ((part.name, content) for part in tar if (content := tar.extractfile(part)) is not None)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotAnExport(f"{path}: {error}") from error
