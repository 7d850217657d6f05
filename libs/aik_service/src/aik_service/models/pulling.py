"""A model from a prefix of an object store: copied into the folder before the service starts, and verified there."""

import asyncio
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import ValidationError

from aik_service.models.card import CARD, ModelCard, ModelRefused, checked_name, checked_path, wrong_with
from aik_service.models.folder import Model, ModelDamaged, ModelMissing, verified
from aik_service.models.storing import stored
from aik_service.objects import ObjectMissing, Objects


class Prefix(NamedTuple):
    """`key` is empty or ends with a slash."""

    bucket: str
    key: str


def prefix_of(url: str) -> Prefix:
    """`s3://bucket/prefix`, below which each model is a folder. Raises ModelRefused."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ModelRefused(f"{url!r} is no s3://bucket/prefix.")
    key = parts.path.strip("/")
    return Prefix(parts.netloc, f"{key}/" if key else "")


def pulled(models: Path, name: str, objects: Objects, prefix: Prefix, *, replace: bool = False) -> Model:
    """The model as the store has it; nothing is copied when it is here already, whole and with the same card.

    What is stored there is believed: the hashes say that it came whole. Raises ModelMissing, ModelRefused, and
    ObjectsUnavailable.
    """
    folder = f"{prefix.key}{checked_name(name)}"
    card = asyncio.run(_card(objects, folder))
    if card.name != name:
        raise ModelRefused(f"{folder}/{CARD} is of the model {card.name}.")
    if (here := _here(models, name)) is not None and here.card == card:
        return here

    def write(new: Path) -> None:
        asyncio.run(_copied(objects, folder, card, new))

    expected = {path: file.sha256 for path, file in card.files.items()}
    return stored(models, card.model_dump(exclude={"files"}), write, expected=expected, replace=replace)


async def _card(objects: Objects, folder: str) -> ModelCard:
    try:
        return ModelCard.model_validate_json(await objects.read(f"{folder}/{CARD}"))
    except ObjectMissing:
        raise ModelMissing(f"The store has no {folder}/{CARD}.") from None
    except ValidationError as error:
        raise ModelRefused(f"{folder}/{CARD} can't be used: {wrong_with(error)}.") from error


async def _copied(objects: Objects, folder: str, card: ModelCard, new: Path) -> None:
    for path in card.files:
        target = new / checked_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            await objects.fetch(f"{folder}/{path}", target)
        except ObjectMissing:
            raise ModelMissing(f"The store has no {folder}/{path}, which its {CARD} names.") from None


def _here(models: Path, name: str) -> Model | None:
    try:
        return verified(models, name)
    except (ModelMissing, ModelDamaged):
        return None
