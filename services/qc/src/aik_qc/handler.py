"""Step `check`: is the track good enough to publish?"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aik_audio.decode import Decoding, decode
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_lyrics import Karaoke
from aik_service.step import BadInput, Progress, StepInput, StepOutput
from pydantic.alias_generators import to_camel

from aik_qc.judge import findings, score
from aik_qc.measures import Measures, measures, voice_levels
from aik_qc.port import Meter


def check(step: StepInput, engine: Meter, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → qc, facts {qc: {verdict, score, codes}}; refuses qc-failed unless accepted."""
    karaoke = Karaoke.from_json(step.files["karaoke"].read_bytes())
    numbers = _measured(karaoke, step, engine, progress)
    progress(1.0)
    found = findings(numbers, engine.limits)
    failures = [finding for finding in found if finding.verdict == "fail"]
    qc: dict[str, Any] = {"score": score(found), "codes": [finding.code for finding in found]}
    if failures and not step.accept_qc:
        sentences = " ".join(finding.detail for finding in failures)
        advice = "Correct the lyrics and align again, or accept the result and retry."
        raise BadInput("qc-failed", f"{sentences} {advice}", qc={"verdict": "fail", **qc})
    qc = {"verdict": "warn" if found else "pass", **qc}
    path = step.out / "qc.json"
    report = {
        "schemaVersion": 1,
        **qc,
        "findings": [asdict(one) for one in found],
        "numbers": _camel_case(asdict(numbers)),
    }
    path.write_text(json.dumps(report, ensure_ascii=False, allow_nan=False), "utf-8")
    return StepOutput({"qc": path}, {"qc": qc})


def _measured(karaoke: Karaoke, step: StepInput, engine: Meter, progress: Progress) -> Measures:
    """Reads the vocals, then the accompaniment."""
    vocals, accompaniment = decode(step.files["vocals"]), decode(step.files["accompaniment"])
    voice = voice_levels(_told(vocals, lambda share: progress(share / 2)))
    minus = engine.measure(_told(accompaniment, lambda share: progress((1 + share) / 2)))
    differ = abs(vocals.frames - accompaniment.frames)
    return measures(karaoke, voice, minus, lengths_differ_ms=differ * 1000 // SAMPLE_RATE)


def _told(song: Decoding, progress: Progress) -> Iterator[Samples]:
    for block in song:
        yield block
        progress(song.share)


def _camel_case(fields: dict[str, Any]) -> dict[str, Any]:
    return {to_camel(name): value for name, value in fields.items()}
