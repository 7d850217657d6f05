"""The aligner's parts, put together."""

from aik_events.catalogue import TrackAligned
from aik_events.pipeline import Step
from aik_service.run_step import run_step
from aik_service.service import StepService
from aik_service.sla import Sla

SERVICE = StepService(
    step=Step.ALIGN,
    result=TrackAligned,
    handler="aik_aligner.handler:align",
    engine="aik_aligner.engine.whisper_pocketsphinx:load",
    sla=Sla(base_s=60, factor=2),
    reads=("version", "language", "duration_ms"),
    revision=6,
)


def main() -> None:
    run_step(SERVICE)
