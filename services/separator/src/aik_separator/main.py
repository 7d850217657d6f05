"""The separator's parts, put together."""

from aik_events.catalogue import TrackSeparated
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

SERVICE = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler="aik_separator.handler:separate",
    engines={
        "spleeter": "aik_separator.engine.spleeter:load",
        "demucs": "aik_separator.engine.demucs:load",
        "onnx": "aik_separator.engine.onnx:load",
    },
    sla=Sla(base_s=60, factor=1),
    differences="aik_separator.differences:stems",
    reads=("source_sha256",),
)

main = step_commands(SERVICE)

if __name__ == "__main__":  # python -m pdb -m
    main()
