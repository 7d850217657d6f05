"""A run as tables for people."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.faults.invariants import Result
from tests.upgrade.front import ServerError
from tests.upgrade.run import Outcome
from tests.upgrade.written import RELEASES

MOST_SHOWN = 5


def show(console: Console, way: str, outcome: Outcome, results: Sequence[Result]) -> None:
    for table in (_done(way, outcome), _held(outcome), _numbers(outcome), _rules(results)):
        console.print(table)
    for result in results:
        for wrong in result.wrong[:MOST_SHOWN]:
            console.print(f"{result.name}: {wrong}", markup=False, highlight=False, soft_wrap=True)


def _done(way: str, outcome: Outcome) -> Table:
    table = Table("service", "what", *RELEASES, "in the log by id", "the same id again", title=f"who did what, {way}")
    for done in outcome.done:
        counts = (*(done.by[release] for release in RELEASES), done.in_log, done.repeats)
        table.add_row(done.service, done.what, *map(str, counts))
    return table


def _held(outcome: Outcome) -> Table:
    table = Table("schema", "held", "waited behind", "from s", "to s", "at the end", title="records held meanwhile")
    for schema, held in outcome.watch.held.items():
        seconds = [f"{at:.0f}" if at is not None else "" for at in (held.first_at, held.last_at)]
        table.add_row(schema, str(len(held.undecodable)), str(len(held.waiting)), *seconds, str(held.now))
    return table


def _numbers(outcome: Outcome) -> Table:
    evidence = outcome.evidence
    ids = {receipt.webhook_id for receipt in evidence.receipts}
    rows = {
        "seconds": f"{outcome.seconds:.0f}",
        "songs": len(evidence.songs),
        "jobs": sum(1 for _ in evidence.jobs),
        "records of tracks": len(evidence.events),
        "of these the same id again": sum(one.verdict.repeat for one in evidence.judged),
        "of these rejected": _counts(
            Counter(o.verdict.reason or "" for o in evidence.judged if not o.verdict.accepted)
        ),
        **{f"records with {schema}": count for schema, count in sorted(outcome.schemas.items())},
        "held by the process of": _counts(_named(outcome.holding)),
        "read by the process of": _counts(_named(outcome.read_now)),
        "did not end in order": ", ".join(outcome.deaf) or "0",
        "webhooks posted": len(evidence.receipts),
        "different webhook-ids": len(ids),
        "answers": _counts(_named(outcome.answers)),
        "5xx answers": _counts(Counter(map(_told, outcome.errors))),
        "rows that a rebuild compared": sum(t["rows"] for t in outcome.rebuilt["tables"] or ()),
    }
    table = Table("what", "how much", title="the run")
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _told(error: ServerError) -> str:
    return f"{error.release} {error.status}"


def _named(counts: Counter[tuple[str, str]]) -> Counter[str]:
    return Counter({" ".join(key): count for key, count in counts.items()})


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "0"


def _rules(results: Sequence[Result]) -> Table:
    table = Table("rule", "looked at", "wrong", title="what must be true")
    for result in results:
        table.add_row(
            result.name, str(result.looked_at), str(len(result.wrong)), style="red" if result.wrong else "green"
        )
    return table
