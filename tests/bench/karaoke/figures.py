"""The figures of an earlier run, kept beside the code to compare with."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from tests.bench.karaoke.measure import Errors

_FILE = Path(__file__).parent / "figures.json"


def kept() -> dict[str, Errors]:
    if not _FILE.exists():
        return {}
    return {name: Errors(**figures) for name, figures in json.loads(_FILE.read_text("utf-8")).items()}


def keep(figures: Mapping[str, Errors]) -> None:
    """Those of songs that were not measured now stay."""
    merged = {**kept(), **figures}
    content = {
        name: {key: round(value, 4) for key, value in asdict(errors).items()} for name, errors in sorted(merged.items())
    }
    _FILE.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
