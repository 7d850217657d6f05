"""The transcriber's parts, put together."""

from aik_events.catalogue import TrackTranscribed
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

SERVICE = StepService(
    step=Step.TRANSCRIBE,
    result=TrackTranscribed,
    handler="aik_asr.handler:transcribe",
    engines={
        "faster-whisper": "aik_asr.engine.faster_whisper:load",
        "whisperx": "aik_asr.engine.whisperx:load",
    },
    sla=Sla(base_s=60, factor=3),
    differences="aik_asr.differences:transcripts",
    reads=("job_id", "version", "language"),
    revision=4,
)

main = step_commands(SERVICE)

if __name__ == "__main__":  # python -m pdb -m
    main()
