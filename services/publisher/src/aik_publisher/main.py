"""The publisher's parts, put together."""

from aik_events.catalogue import TrackPublished
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

SERVICE = StepService(
    step=Step.PUBLISH,
    result=TrackPublished,
    handler="aik_publisher.handler:publish",
    engines={"ffmpeg": "aik_publisher.engine.ffmpeg:load"},
    sla=Sla(base_s=30, factor=0.5),
    reads=("engines", "title", "artist"),
    kept_by=frozenset({"vocals", "accompaniment"}),
    revision=4,
)

main = step_commands(SERVICE)

if __name__ == "__main__":  # python -m pdb -m
    main()
