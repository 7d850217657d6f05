"""The models that can be fetched by name, each with its source, revision and licence."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files as resources

from aik_events.event import Frozen
from pydantic import Field

from aik_service.models.card import ModelRefused


class Known(Frozen):
    """A model in the catalogue. `files` is the sha256 of each by its path, empty where it is not known."""

    kind: str
    licence: str
    source: str
    revision: str = ""
    files: Mapping[str, str] = Field(default_factory=dict)
    texts: Mapping[str, str] = Field(default_factory=dict)

    @property
    def is_pinned(self) -> bool:
        """Whether every file's hash is known before it is fetched."""
        return bool(self.files) and all(self.files.values())


@cache
def catalogue() -> Mapping[str, Known]:
    text = resources("aik_service.models").joinpath("catalogue.toml").read_text("utf-8")
    return {name: Known.model_validate(entry) for name, entry in tomllib.loads(text).items()}


def known(name: str) -> Known:
    """Raises ModelRefused for one that the catalogue doesn't have."""
    if name not in catalogue():
        have = ", ".join(catalogue())
        raise ModelRefused(f"The catalogue has no model {name}: fetch it yourself and import it. It has: {have}.")
    return catalogue()[name]
