"""What is kept of a run for whoever has to find out why: every process's log, and what became of every track."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aik_local.layout import Layout

from tests.faults.evidence import Evidence


@contextmanager
def kept_logs(folder: Path, traces: Path) -> Iterator[None]:
    """Copies the suite's logs, however the run ends."""
    shutil.rmtree(traces, ignore_errors=True)
    try:
        yield
    finally:
        shutil.copytree(Layout(folder).logs, traces)


def keep_history(evidence: Evidence, traces: Path) -> None:
    """One line for each record, track by track: when, what, by whom, and the verdict on it."""
    lines = []
    for history in evidence.histories.values():
        for one in history:
            meta, verdict = one.event.meta, one.verdict
            judged = "repeat" if verdict.repeat else verdict.reason or "accepted"
            about = one.event.model_dump_json(exclude={"artefacts", "source", "lyrics"}, exclude_none=True)
            lines.append(f"{meta.subject} {meta.time.isoformat()} {one.event.type} {judged} {meta.id} {about}\n")
    (traces / "history.txt").write_text("".join(lines))
