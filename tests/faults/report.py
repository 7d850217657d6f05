"""A run as tables for people."""

from collections.abc import Sequence

from aik_events.catalogue import JobFailed, JobStepFailed, JobStepStarted
from rich.console import Console
from rich.table import Table

from tests.faults.evidence import Evidence
from tests.faults.harness import Options, Run
from tests.faults.invariants import Result
from tests.faults.plan import Kind

MOST_SHOWN = 5


def show(console: Console, options: Options, run: Run, evidence: Evidence, results: Sequence[Result]) -> None:
    console.print(_faults(options, run))
    console.print(_numbers(run, evidence))
    console.print(_invariants(results))
    for result in results:
        for wrong in result.wrong[:MOST_SHOWN]:
            console.print(f"{result.name}: {wrong}", markup=False, highlight=False, soft_wrap=True)


def _faults(options: Options, run: Run) -> Table:
    about = f"seed {options.seed}: {run.faults.total()} faults, {options.engines} engines, {options.workers} workers"
    table = Table("process", *Kind, "all", title=about)
    names = dict.fromkeys(name for name, _ in sorted(run.faults))
    for name in names:
        counts = [run.faults[name, kind] for kind in Kind]
        table.add_row(name, *map(str, counts), str(sum(counts)))
    totals = [sum(run.faults[name, kind] for name in names) for kind in Kind]
    table.add_row("all", *map(str, totals), str(sum(totals)), style="bold")
    return table


def _numbers(run: Run, evidence: Evidence) -> Table:
    counted = [one for one in evidence.judged if one.counts]
    rejected = [one.verdict.reason for one in evidence.judged if not one.verdict.accepted]
    attempts = [one.event.attempt for one in counted if isinstance(one.event, JobStepStarted)]
    rows = {
        **{f"seconds {phase}": f"{seconds:.1f}" for phase, seconds in run.seconds.items()},
        "songs": len(evidence.songs),
        "tracks": len(evidence.histories),
        "jobs": sum(1 for _ in evidence.jobs),
        "records": len(evidence.events),
        "of these repeated": sum(one.verdict.repeat for one in evidence.judged),
        "of these rejected": _counts(rejected),
        "attempts": len(attempts),
        "of these not the first": sum(attempt > 1 for attempt in attempts),
        "failed for now": _counts([one.event.code for one in counted if isinstance(one.event, JobStepFailed)]),
        "failed": _counts([one.event.code for one in counted if isinstance(one.event, JobFailed)]),
        "retried by clients": _counts(list(run.retried.elements())),
        "answers": _counts(list(run.answers.elements())),
        "webhooks tried": len(evidence.receipts),
        "did not end when told": _counts(list(run.deaf.elements())),
    }
    table = Table("what", "how much", title="the run")
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _counts(words: Sequence[str | None]) -> str:
    return ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words), key=str)) or "0"


def _invariants(results: Sequence[Result]) -> Table:
    table = Table("invariant", "looked at", "wrong", title="what must be true")
    for result in results:
        table.add_row(
            result.name, str(result.looked_at), str(len(result.wrong)), style="red" if result.wrong else "green"
        )
    return table
