"""The quality check's parts, put together."""

from aik_events.catalogue import TrackChecked
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

SERVICE = StepService(
    step=Step.CHECK,
    result=TrackChecked,
    handler="aik_qc.handler:check",
    engines={"loudness": "aik_qc.engine.loudness:load"},
    sla=Sla(base_s=30, factor=0.5),
    reads=("accept_qc",),
    kept_by=frozenset({"vocals", "accompaniment"}),
    revision=5,
)

main = step_commands(SERVICE)

if __name__ == "__main__":  # python -m pdb -m
    main()
