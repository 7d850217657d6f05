"""The transcriber's parts, put together."""

from aik_events.catalogue import TrackTranscribed
from aik_events.pipeline import Step
from aik_service.run_step import run_step
from aik_service.service import StepService
from aik_service.sla import Sla

SERVICE = StepService(
    step=Step.TRANSCRIBE,
    result=TrackTranscribed,
    handler="aik_asr.handler:transcribe",
    engine="aik_asr.engine.faster_whisper:load",
    sla=Sla(base_s=60, factor=3),
    reads=("job_id", "version", "language"),
    revision=4,
)


def main() -> None:
    run_step(SERVICE)
