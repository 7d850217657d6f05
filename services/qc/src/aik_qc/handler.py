"""Step `check`: is the track good enough to publish?"""

from pathlib import Path

from aik_lyrics import Karaoke
from aik_service.step import BadInput, Progress, StepInput, StepOutput

from aik_qc.judge import report_of
from aik_qc.measures import numbers
from aik_qc.port import Meter
from aik_qc.report import Report
from aik_qc.sounds import Sounds, listen
from aik_qc.voice import Voice
from aik_qc.words import words_of


def check(step: StepInput, engine: Meter, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → qc, facts {qc: {verdict, score, codes}}; refuses qc-failed unless accepted."""
    heard = step.kept.get("sounds") or _heard(step, engine, progress)
    report = _report(step, Sounds.from_json(heard.read_bytes()), engine)
    progress(1.0)
    qc = {"verdict": report.verdict, "score": report.score, "codes": list(report.codes)}
    if report.verdict == "fail":
        if not step.accept_qc:
            sentences = " ".join(finding.detail for finding in report.findings if finding.verdict == "fail")
            advice = "Correct the lyrics and align again, or accept the result and retry."
            raise BadInput("qc-failed", f"{sentences} {advice}", qc=qc)
        report = report.model_copy(update={"verdict": "warn"})
    path = step.out / "qc.json"
    path.write_bytes(report.to_json())
    return StepOutput({"qc": path}, {"qc": {**qc, "verdict": report.verdict}}, kept={"sounds": heard})


def _heard(step: StepInput, engine: Meter, progress: Progress) -> Path:
    path = step.out / "sounds.json"
    path.write_bytes(listen(step.files["vocals"], step.files["accompaniment"], engine, progress).to_json())
    return path


def _report(step: StepInput, sounds: Sounds, engine: Meter) -> Report:
    karaoke = Karaoke.from_json(step.files["karaoke"].read_bytes())
    voice = Voice(sounds.vocals_levels)
    words = words_of(karaoke, voice, engine.limits)
    return report_of(numbers(karaoke, words, voice, sounds), words.lines, engine.limits)
