"""model.json: what a model is, where it comes from, its licence, and the hash of every file; pure."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from aik_events.event import Frozen
from pydantic import Field, ValidationError, field_validator

from aik_service.step import EngineUnusable

CARD = "model.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ModelRefused(EngineUnusable):
    """What is asked for can't be stored as a model: the sentence says why."""

    code = "model-refused"


class FileCard(Frozen):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)


class ModelCard(Frozen):
    """`files` by their path below the model's folder, with `/`; model.json itself is not among them."""

    name: str
    kind: str
    """What can load it, such as whisper, wav2vec2, demucs or mdx."""
    revision: str
    """Names these files for good where they come from; empty when nobody knows."""
    source: str
    licence: str
    files: Mapping[str, FileCard]

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        return checked_name(name)

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, files: Mapping[str, FileCard]) -> Mapping[str, FileCard]:
        if not files:
            raise ValueError("a model has files")
        for path in files:
            checked_path(path)
        return files

    @property
    def sha256(self) -> str:
        """One hash for all files and their paths: of lines `sha256  path`, as `sha256sum` would print them, sorted."""
        lines = sorted(f"{file.sha256}  {path}\n" for path, file in self.files.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.values())


def wrong_with(error: ValidationError) -> str:
    """What is wrong with a model.json, in one line."""
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or CARD}: {each['msg']}" for each in error.errors())


def checked_name(name: str) -> str:
    """A model's name is the name of one folder. Raises ModelRefused."""
    if not NAME.fullmatch(name):
        raise ModelRefused(
            f"{name!r} is no name of a model: letters, digits, '.', '_' and '-', a letter or digit first."
        )
    return name


def checked_path(path: str) -> str:
    """A path below the model's folder, in one way of writing it. Raises ModelRefused for one that leads elsewhere."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or "\0" in path or ".." in parts or "/".join(parts) != path:
        raise ModelRefused(f"{path!r} is no path inside a model's folder.")
    if path == CARD:
        raise ModelRefused(f"{CARD} can't be one of a model's files.")
    return path
