"""The publisher's parts, put together."""

from aik_events.catalogue import TrackPublished
from aik_events.pipeline import Step
from aik_service.run_step import run_step
from aik_service.service import StepService
from aik_service.sla import Sla

SERVICE = StepService(
    step=Step.PUBLISH,
    result=TrackPublished,
    handler="aik_publisher.handler:publish",
    engine="aik_publisher.engine.ffmpeg:load",
    sla=Sla(base_s=30, factor=0.5),
    reads=("engines", "title", "artist"),
    kept_by=frozenset({"vocals", "accompaniment"}),
    revision=4,
)


def main() -> None:
    run_step(SERVICE)
