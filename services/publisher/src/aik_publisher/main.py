"""The publisher's parts, put together."""

from aik_events.catalogue import TrackPublished
from aik_events.pipeline import Step
from aik_service.run_step import run_step
from aik_service.service import StepService

SERVICE = StepService(
    step=Step.PUBLISH,
    result=TrackPublished,
    handler="aik_publisher.handler:publish",
    engine="aik_publisher.engine.ffmpeg:load",
)


def main() -> None:
    run_step(SERVICE)
