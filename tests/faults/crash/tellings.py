"""What a worker may tell of its lease, whether it still holds it or not."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.log.memory import MemoryLog
from aik_events.testing.objects import artefact
from aik_events.topics import TRACKS
from aik_service.memo import Manifest
from aik_service.reports import Reporter
from aik_service.step import BadInput
from aik_service.task_queue import TaskLease

from tests.pipeline.stack import SHOUT


async def tellings(lease: TaskLease, what: str) -> Sequence[Event]:
    """The events, as the runner's reporter makes them."""
    log = MemoryLog()
    report = Reporter(SHOUT, log, lease)
    known: Mapping[str, Callable[[], Awaitable[None]]] = {
        "started": lambda: report.started(sla_s=60),
        "finished": lambda: report.finished(_made(lease)),
        "failed_for_now": lambda: report.failed_for_now("engine-failed", "broken", 0),
        "failed": lambda: report.failed("engine-failed", "broken"),
        "refused": lambda: report.refused(BadInput("not-audio", "Upload a song.")),
        "taken_over": report.taken_over,
    }
    if what != "taken_over" or lease.is_taken_over:
        await known[what]()
    return [decode(record) for record in log.slice_of(log.partition_of(TRACKS, lease.track.id), 0)]


def _made(lease: TaskLease) -> Manifest:
    """What is made of a song is the same whoever makes it, as the memo sees to."""
    folder = f"tracks/{lease.track.id}/artefacts/separate"
    artefacts = {kind: artefact(f"{folder}/{kind}.flac") for kind in ("vocals", "accompaniment")}
    return Manifest(
        step=lease.step,
        engine={"name": "shouter", "version": "1"},
        inputs={},
        artefacts=artefacts,
        facts={"duration_ms": 5},
    )
