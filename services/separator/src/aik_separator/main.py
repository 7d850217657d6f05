"""The separator's parts, put together."""

from aik_events.catalogue import TrackSeparated
from aik_events.pipeline import Step
from aik_service.run_step import run_step
from aik_service.service import StepService
from aik_service.sla import Sla

SERVICE = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler="aik_separator.handler:separate",
    engine="aik_separator.engine.spleeter:load",
    sla=Sla(base_s=60, factor=1),
    reads=("source_sha256",),
)


def main() -> None:
    run_step(SERVICE)
