"""`aik-events verify`: whether the whole log is what it should be."""

from collections import Counter
from typing import Annotated

import typer
from aiokafka.partitioner import DefaultPartitioner
from pydantic_core import to_json
from rich.console import Console

from aik_events.cli import printing
from aik_events.cli.progress import watching
from aik_events.cli.running import kafka, run
from aik_events.log.admin import partition_counts
from aik_events.log.scan import Watch, partitions_of, scan
from aik_events.telling.ledger import Ledger, opened_ledger
from aik_events.telling.verifying import RACES, Finding, Report, check_history, finding
from aik_events.topics import ASSETS, KEPT

SHOWN = 20
"""So many findings of a kind are printed; as JSON all of them."""


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, with every finding.")] = False,
) -> None:
    """Read the whole log: does every record decode, does every cause exist, is every history legal?

    Exit status 1 if something is wrong. Uses about as much room in the temporary folder as the log has.
    """
    with opened_ledger() as ledger:
        with watching("reading") as watch:
            counts = run(_read(ledger, watch))
        with watching("folding") as watch:
            report = _check(ledger, counts, watch)
    if as_json:
        printing.echo(to_json(report, indent=2, by_alias=True).decode())
    else:
        print_report(Console(highlight=False), report)
    raise typer.Exit(1 if report.findings else 0)


async def _read(ledger: Ledger, watch: Watch) -> dict[str, int]:
    """The partitions of each topic."""
    async for record in scan(kafka(), await partitions_of(kafka(), KEPT), watch=watch):
        ledger.add(record)
    return await partition_counts(kafka(), KEPT)


def _check(ledger: Ledger, counts: dict[str, int], watch: Watch) -> Report:
    report, partitioner = Report(), DefaultPartitioner()
    total = ledger.close_entries()
    for records in ledger.aggregates():
        numbers = list(range(counts[records[0].partition.topic]))
        right = partitioner(records[0].key or b"", numbers, numbers)
        check_history(report, records, lambda asset: ledger.has(ASSETS, asset.encode()), right)
        watch(report.records.total(), total)
    for record in ledger.without_cause():
        cause = record.header["aik_causationid"].decode(errors="replace")
        report.findings.append(finding("cause-missing", record, f"no event has the id {cause}"))
    for record in ledger.with_reused_id():
        id_ = record.header["ce_id"].decode(errors="replace")
        report.findings.append(
            finding("id-reused", record, f"an earlier event has the id {id_} and says something else")
        )
    return report


def print_report(console: Console, report: Report) -> None:
    for topic in KEPT:
        records, keys = (
            printing.counted(report.records[topic], "record"),
            printing.counted(report.aggregates[topic], "key"),
        )
        console.print(f"{topic}: {records} of {keys}", soft_wrap=True)
    console.print(
        f"{printing.counted(report.repeats, 'repeat')}, {report.dropped} given up, "
        f"{printing.counted(report.waiting, 'waits', 'wait')} behind what does not decode"
    )
    for reason, count in sorted(report.rejected.items()):
        printing.show(console, f"{count} rejected, {reason}: {RACES[reason]}")
    kinds = Counter(each.kind for each in report.findings)
    for kind, count in kinds.items():
        console.print(f"{count} {kind}", style="bold red")
        for each in [each for each in report.findings if each.kind == kind][:SHOWN]:
            printing.show(console, f"    {_line(each)}", "red")
        if count > SHOWN:
            console.print(f"    and {count - SHOWN} more: --json has them all", style="red")
    found = f"{printing.counted(kinds.total(), 'thing is', 'things are')} wrong" if kinds else "nothing is wrong"
    console.print(found, style="bold")


def _line(each: Finding) -> str:
    return f"{each.topic}-{each.partition}@{each.offset} {each.type} of {each.key}: {each.detail}"
