"""Everything that is to be told of one version of an event."""

import inspect
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aik_events.catalogue import Catalogue, StepResult
from aik_events.contract.schemas import file_name, schema_of
from aik_events.event import Event


class NotDescribed(Exception):
    """A version of an event has no schema or no golden bytes yet: write them first."""

    code = "not-described"


@dataclass(frozen=True)
class Described:
    event: type[Event]
    version: int
    schema: dict[str, Any]
    headers: dict[str, str]
    """Of the example."""
    value: dict[str, Any]
    """The example's."""

    @property
    def name(self) -> str:
        return f"{self.event.TYPE}.v{self.version}"

    @property
    def is_newest(self) -> bool:
        return self.version == self.event.VERSION

    @property
    def is_result(self) -> bool:
        return issubclass(self.event, StepResult)

    @property
    def about(self) -> str:
        return in_one_line(inspect.getdoc(self.event) or "")


def described(catalogue: Catalogue, schemas: Path, golden: Path) -> list[Described]:
    """Every version that can be read, with its golden bytes as the example. Raises NotDescribed."""
    return list(_each(catalogue, schemas, golden))


def _each(catalogue: Catalogue, schemas: Path, golden: Path) -> Iterable[Described]:
    for reading in catalogue.readings:
        schema, file = schema_of(reading, schemas), golden / file_name(reading.event.TYPE, reading.version)
        if schema is None or not file.exists():
            raise NotDescribed(f"{reading} is not in both {schemas} and {golden}")
        example = json.loads(file.read_text("utf-8"))
        yield Described(reading.event, reading.version, schema, example["headers"], json.loads(example["value"]))


def in_one_line(text: str) -> str:
    return " ".join(text.split())
