"""What each step reports when a test says that it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aik_events.catalogue import (
    StepResult,
    TrackAligned,
    TrackChecked,
    TrackPublished,
    TrackSeparated,
    TrackTranscribed,
)
from aik_events.event import Artefact, Qc
from aik_events.testing.objects import artefact

PASSED = Qc(verdict="pass", score=0.9)


@dataclass(frozen=True)
class Result:
    event: type[StepResult]
    files: Mapping[str, str] = field(default_factory=dict)
    """File name by artefact kind."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def artefacts(self, track: str, job: str, run: int) -> dict[str, Artefact]:
        return {kind: artefact(f"tracks/{track}/artefacts/{job}-{run}/{name}") for kind, name in self.files.items()}


RESULTS = {
    "separate": Result(
        TrackSeparated, {"vocals": "vocals.flac", "accompaniment": "accompaniment.flac"}, {"duration_ms": 10_000}
    ),
    "transcribe": Result(TrackTranscribed, {"lyrics": "lyrics.json"}, {"language": "en"}),
    "align": Result(TrackAligned, {"karaoke": "karaoke.json"}, {"coverage": 0.98, "confidence": 0.9}),
    "check": Result(TrackChecked, {"qc": "qc.json"}, {"qc": PASSED}),
    "publish": Result(TrackPublished, {"minus.flac": "minus.flac", "karaoke.json": "karaoke.json"}),
}
