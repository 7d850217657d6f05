"""Step `check`: is the track good enough to publish?"""

import json
from dataclasses import asdict
from typing import Any

from aik_audio.decode import decode
from aik_lyrics import Karaoke
from aik_service.step import BadInput, Progress, StepInput, StepOutput
from pydantic.alias_generators import to_camel

from aik_qc.judge import findings, score
from aik_qc.measures import measures
from aik_qc.port import Meter


def check(step: StepInput, engine: Meter, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → qc, facts {qc: {verdict, score, codes}}; refuses qc-failed unless accepted."""
    karaoke = Karaoke.from_json(step.files["karaoke"].read_bytes())
    vocals, accompaniment = decode(step.files["vocals"]), decode(step.files["accompaniment"])
    progress(0.3)
    numbers = measures(karaoke, vocals, accompaniment, engine.measure(accompaniment))
    progress(0.9)
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


def _camel_case(fields: dict[str, Any]) -> dict[str, Any]:
    return {to_camel(name): value for name, value in fields.items()}
