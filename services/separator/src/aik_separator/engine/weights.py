"""Models that an operator has put below AIK_MODELS, taken only as their list of hashes says."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from aik_service.models import WeightsDamaged, check


class ModelMissing(Exception):
    """The model's folder is not there, or has no model.json that lists its files."""

    code = "model-missing"


class ModelUnsuitable(Exception):
    """The model can't do what this engine needs of it: the sentence says why."""

    code = "model-unsuitable"


@dataclass(frozen=True)
class Model:
    folder: Path
    sha256: str
    """Of all its files."""


def verified(folder: Path, name: str) -> Model:
    """The model of this name, every file of it with the hash that `model.json` says: {"files": {name: sha256}}.

    Raises ModelMissing, or WeightsDamaged.
    """
    place = folder / name
    try:
        files: dict[str, str] = json.loads((place / "model.json").read_text("utf-8"))["files"]
    except FileNotFoundError:
        raise ModelMissing(f"there is no {place}/model.json: put the model {name!r} there") from None
    except (ValueError, KeyError) as error:
        raise WeightsDamaged(f"{place}/model.json is no list of files with their sha256") from error
    for file, sha256 in files.items():
        check(place / file, sha256)
    listed = "\n".join(f"{file} {sha256}" for file, sha256 in sorted(files.items()))
    return Model(place, hashlib.sha256(listed.encode()).hexdigest())
