"""Putting a model into the folder: written beside it, hashed, model.json last, then moved to its place at once."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_service.models.card import CARD, FileCard, ModelCard, ModelRefused, checked_name, checked_path
from aik_service.models.folder import Model, names
from aik_service.models.packaged import sha256_of


def stored(
    models: Path,
    about: Mapping[str, str],
    write: Callable[[Path], None],
    *,
    expected: Mapping[str, str],
    replace: bool,
) -> Model:
    """A new model of what `write` puts into an empty folder; `about` is its card without the files.

    `expected` are the hashes that are known, by path. Raises ModelRefused: another hash, a file that is missing, a name
    that is taken, unless it is to be replaced.
    """
    name = checked_name(about["name"])
    target = models / name
    if target.exists() and not replace:
        raise ModelRefused(f"There is a model {name} in {models} already: --replace puts this one in its place.")
    if target.exists() and name not in names(models):
        raise ModelRefused(
            f"{target} is no model's folder, so it is not replaced: remove it yourself, or take another name."
        )
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=f".{name}-") as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        write(new)
        card = ModelCard.model_validate({**about, "files": _hashed(new, expected)})
        _seal(new, card)
        if target.exists():
            target.rename(Path(scratch) / "old")
        new.rename(target)
    return Model(target, card)


def copied(source: Path, folder: Path) -> None:
    """A file, or everything below a folder but a model.json of its own; links are followed. Raises ModelRefused."""
    if source.is_file():
        shutil.copyfile(source, folder / source.name)
        return
    if not source.is_dir():
        raise ModelRefused(f"{source} is no file and no folder.")
    for found in sorted(source.rglob("*")):
        path = found.relative_to(source)
        if found.is_file() and path.as_posix() != CARD:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, folder / path)


def _hashed(folder: Path, expected: Mapping[str, str]) -> Mapping[str, FileCard]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    missing = expected.keys() - found.keys()
    if missing or not found:
        raise ModelRefused(f"Missing: {', '.join(sorted(missing)) or 'every file'}. Nothing was stored.")
    files = {
        checked_path(path): FileCard(sha256=sha256_of(file), size_bytes=file.stat().st_size)
        for path, file in found.items()
    }
    for path, sha256 in expected.items():
        if files[path].sha256 != sha256:
            raise ModelRefused(f"{path} has sha256 {files[path].sha256}, expected {sha256}. Nothing was stored.")
    return files


def _seal(folder: Path, card: ModelCard) -> None:
    """Files are read-only and on the disk before model.json says that they are there."""
    for path in card.files:
        _settled(folder / path)
    (folder / CARD).write_text(card.model_dump_json(by_alias=True, indent=1) + "\n", "utf-8")
    _settled(folder / CARD)


def _settled(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o444)
