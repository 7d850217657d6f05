"""A model as a folder `<models>/<name>/`: read, and verified before an engine gets it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from aik_service.models.card import CARD, ModelCard, ModelRefused, checked_name, checked_path, wrong_with
from aik_service.models.packaged import sha256_of
from aik_service.step import EngineUnusable

__all__ = [
    "Model",
    "ModelDamaged",
    "ModelMissing",
    "ModelRefused",
    "ModelUnsuitable",
    "differences",
    "model_card",
    "names",
    "verified",
]


class ModelMissing(EngineUnusable):
    """There is no such model in the folder."""

    code = "model-missing"


class ModelDamaged(EngineUnusable):
    """A model's files are not those that its model.json names."""

    code = "model-damaged"


class ModelUnsuitable(EngineUnusable):
    """The model can't do what this engine needs of it: the sentence says why."""

    code = "model-unsuitable"


@dataclass(frozen=True)
class Model:
    """A model whose files have their hashes; to be read only."""

    folder: Path
    card: ModelCard

    @property
    def sha256(self) -> str:
        """One hash for all of it, for an engine's identity."""
        return self.card.sha256

    def file(self, path: str) -> Path:
        """One of its files. Raises ModelMissing for one that model.json doesn't name."""
        if path not in self.card.files:
            raise ModelMissing(f"The model {self.card.name} has no file {path}. It has: {', '.join(self.card.files)}.")
        return self.folder / path


def verified(models: Path, name: str) -> Model:
    """The model of this name, each of its files hashed once in the life of this process.

    That reads all of it: a model of 3 GB costs some seconds of one core. Raises ModelMissing, ModelDamaged with the
    files that differ and the command that mends it, and ModelRefused for a name that leads out of the folder.
    """
    return _verified(models.expanduser().resolve(), checked_name(name))


@cache
def _verified(models: Path, name: str) -> Model:
    card = model_card(models, name)
    wrong = list(differences(models / name, card))
    if wrong:
        raise ModelDamaged(f"The model {name} in {models} is damaged: {'; '.join(wrong)}. {mending(name)}")
    return Model(models / name, card)


def model_card(models: Path, name: str) -> ModelCard:
    """What its model.json says, which nobody has checked yet. Raises ModelMissing, ModelDamaged, ModelRefused."""
    path = models / checked_name(name) / CARD
    try:
        card = ModelCard.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ModelMissing(f"There is no model {name} in {models}. {getting(name)}") from None
    except ValidationError as error:
        raise ModelDamaged(f"{path} can't be used: {wrong_with(error)}. {mending(name)}") from error
    except (ModelRefused, OSError) as error:
        raise ModelDamaged(f"{path} can't be used: {error} {mending(name)}") from error
    if card.name != name:
        raise ModelDamaged(f"{path} is of the model {card.name}. {mending(name)}")
    return card


def differences(folder: Path, card: ModelCard) -> Iterator[str]:
    """Each file that is not as model.json says, in a few words: missing, a link to elsewhere, other bytes, unknown."""
    inside = folder.resolve()
    for path, file in card.files.items():
        found = folder / checked_path(path)
        if not found.is_file():
            yield f"{path} is missing"
        elif not found.resolve().is_relative_to(inside):
            yield f"{path} is a link that leads out of the folder"
        elif (size := found.stat().st_size) != file.size_bytes:
            yield f"{path} has {size} bytes, expected {file.size_bytes}"
        elif (sha256 := sha256_of(found)) != file.sha256:
            yield f"{path} has sha256 {sha256}, expected {file.sha256}"
    known = {CARD, *card.files}
    for found in sorted(folder.rglob("*")):
        path = found.relative_to(folder).as_posix()
        if path not in known and not (found.is_dir() and not found.is_symlink()):
            yield f"{path} is not in {CARD}"


def names(models: Path) -> list[str]:
    """The folders that have a model.json, by name."""
    if not models.is_dir():
        return []
    return sorted(folder.name for folder in models.iterdir() if (folder / CARD).exists() and folder.name[0] != ".")


def getting(name: str) -> str:
    return (
        f"Get it: aik-models fetch {name}, aik-models pull {name} or aik-models import FOLDER --name {name} --licence …"
    )


def mending(name: str) -> str:
    return f"Mend it: aik-models fetch {name} --replace, or pull or import it again with --replace."
