"""The aligner's parts, put together."""

from aik_events.catalogue import TrackAligned
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

SERVICE = StepService(
    step=Step.ALIGN,
    result=TrackAligned,
    handler="aik_aligner.handler:align",
    engines={
        "whisper-pocketsphinx": "aik_aligner.engine.whisper_pocketsphinx:load",
        "whisperx": "aik_aligner.engine.whisperx:load",
    },
    sla=Sla(base_s=60, factor=2),
    differences="aik_aligner.differences:times",
    reads=("version", "language", "duration_ms"),
    revision=7,
)

main = step_commands(SERVICE)

if __name__ == "__main__":  # python -m pdb -m
    main()
