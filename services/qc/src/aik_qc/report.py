"""The report, qc.json: its one model, from which its JSON Schema is made."""

import json
import sys
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aik_qc.codes import Code, Policy

SCHEMA_VERSION = 2
"""1 had other numbers, and nothing per line."""


class _Part(BaseModel):
    """JSON has no NaN, so none is let in."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False)


class Finding(_Part):
    """Something that is not as it should be: the number, the limit that it passed, a sentence for a person, and the
    lines that it is about."""

    code: Code
    verdict: Policy
    detail: str
    value: float | None = None
    limit: float | None = None
    lines: tuple[str, ...] = ()


class LineNumbers(_Part):
    """Of one line; null where there is nothing to measure."""

    words: int
    words_in_silence: int
    words_too_short: int
    longest_word_ms: int
    letters_per_s: float | None = None
    confidence: float | None = None
    heard_share: float | None = Field(default=None, description="of the line's time in which a voice is heard")


class LineFinding(_Part):
    """A line with something to look at."""

    line_id: str
    codes: tuple[Code, ...]
    numbers: LineNumbers


class Numbers(_Part):
    """All measures. Shares, confidence and agreement 0…1; null where there is nothing to measure."""

    problems: int
    words: int
    words_in_silence_share: float
    words_too_short_share: float
    words_in_fast_lines_share: float
    longest_word_ms: int
    coverage: float | None
    confidence: float | None
    words_in_weak_runs_share: float
    lines_not_sung_share: float
    agreement: float | None
    letters: int
    language: str | None
    heard_language: str | None
    voiced_ms: int
    singing_without_words_share: float
    fit: float | None
    shift_ms: int
    vocals_duration_ms: int
    minus_duration_ms: int
    mix_duration_ms: int
    document_duration_ms: int | None
    durations_differ_ms: int
    minus_lufs: float | None
    minus_true_peak_dbtp: float | None
    mix_lufs: float | None
    mix_true_peak_dbtp: float | None
    minus_below_voice_db: float | None
    minus_follows_voice_db: float | None
    voice_under_music_db: float | None = Field(description="in the loudest five seconds of the vocals")
    residual_vocals_db: float | None
    minus_clipped_share: float
    vocals_clipped_share: float
    mix_clipped_share: float
    noise_burst_ms: int


class Report(_Part):
    """What the check says of one version of a track. `codes` are those of the findings that warn or fail."""

    schema_version: Literal[2] = 2
    verdict: Literal["pass", "warn", "fail"]
    score: float = Field(ge=0, le=1)
    codes: tuple[Code, ...]
    findings: tuple[Finding, ...]
    lines: tuple[LineFinding, ...]
    numbers: Numbers

    def to_json(self) -> bytes:
        return self.model_dump_json(by_alias=True).encode()


def json_schema() -> str:
    """The JSON Schema as it is checked in: schemas/qc.v2.json."""
    schema = {"$id": f"urn:aik:schema:qc:{SCHEMA_VERSION}", **Report.model_json_schema(by_alias=True)}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
