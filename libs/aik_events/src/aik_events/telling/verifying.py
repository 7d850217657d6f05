"""What is wrong with a log: what nobody can read or has caused, and histories that no race explains; pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from aik_events.asset import Asset, evolve_asset
from aik_events.catalogue import RecordDropped, TrackImported
from aik_events.catalogue.jobs import JobEvent
from aik_events.endpoint import Endpoint, evolve_endpoint
from aik_events.event import Event, Frozen
from aik_events.fold import evolve
from aik_events.holding import Reading, given_up, pass_on, read
from aik_events.stored import Stored
from aik_events.topics import ASSETS, TRACKS, WEBHOOKS
from aik_events.track import Track
from aik_events.verdict import Verdict

RACES = {
    "stale": "another edit came first",
    "job-running": "another job was opened first",
    "job-closed": "the job ended first",
    "not-failed": "somebody else has retried the job",
    "not-newest": "a newer job was opened first",
    "not-qc-failed": "the job failed in another way meanwhile",
    "artefact-missing": "a step is asked for whose input nothing has made yet",
    "late": "what it is about was over",
    "deleted": "the track was deleted first",
    "asset-uploaded": "the upload was completed first",
    "asset-aborted": "the upload was aborted first",
    "asset-expired": "the upload's time was over first",
    "asset-removed": "the asset was removed first",
}
"""Why an event may be rejected in a log in which nothing went wrong: of two at once the first stands."""


class Finding(Frozen):
    """One thing that is wrong, and the record that shows it."""

    kind: str
    topic: str
    partition: int
    offset: int
    key: str
    type: str
    detail: str


@dataclass
class Report:
    """`rejected` are those that a race explains, by reason; `dropped` were given up by an operator."""

    records: Counter[str] = field(default_factory=Counter)
    aggregates: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    dropped: int = 0
    waiting: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


Fold = tuple[Callable[[str], Any], Callable[[Any, Event], tuple[Any, Verdict]]]
FOLDS: dict[str, Fold] = {
    TRACKS: (lambda key: Track(id=key), evolve),
    ASSETS: (lambda key: Asset(id=key), evolve_asset),
    WEBHOOKS: (lambda key: Endpoint(id=key), evolve_endpoint),
}


def check_history(
    report: Report, records: Sequence[Stored], has_asset: Callable[[str], bool], right_partition: int
) -> None:
    """The records of one aggregate, partition by partition in their order: held, folded and judged as services do."""
    first = records[0]
    topic, key = first.partition.topic, (first.key or b"").decode(errors="replace")
    empty, fold = FOLDS[topic]
    report.records[topic] += len(records)
    report.aggregates[topic] += 1
    state, client = empty(key), ""
    for number, of_partition in groupby(records, lambda record: record.partition.number):
        part = list(of_partition)
        if number != right_partition:
            words = f"its key belongs into {topic}-{right_partition}"
            report.findings += [finding("wrong-partition", record, words) for record in part]
        for record, event in _readable(report, part):
            state, verdict = fold(state, event)
            _judge(report, record, event, verdict, state)
            client = client or event.meta.client_id
            report.findings += _strange(record, event, verdict, client, has_asset)


def _readable(report: Report, records: Sequence[Stored]) -> Iterator[tuple[Stored, Event]]:
    """What can be folded of the records of one key in one partition, which are held as every service holds them."""
    by_offset = {record.offset: record for record in records}
    held: list[Reading] = []
    for record in records:
        reading = read(record.record)
        report.dropped += given_up(held, reading) is not None
        ready, held = pass_on(held, reading)
        yield from ((by_offset[offset], event) for offset, event in ready)
    for reading in held:
        if reading.event is None:
            at = by_offset[reading.record.offset]
            report.findings.append(finding("undecodable", at, reading.problem or ""))
        else:
            report.waiting += 1


def _judge(report: Report, record: Stored, event: Event, verdict: Verdict, state: Any) -> None:
    """Counts what a race explains, and finds what none does."""
    if verdict.repeat:
        report.repeats += 1
    elif verdict.reason is None:
        return
    elif isinstance(state, Track) and isinstance(event, JobEvent) and not _knows(state, event.job_id):
        report.findings.append(finding("no-opener", record, f"nothing has opened {event.job_id}"))
    elif verdict.reason in RACES:
        report.rejected[verdict.reason] += 1
    else:
        reason = f"{verdict.reason} ({verdict.detail})" if verdict.detail else verdict.reason
        report.findings.append(finding("unexplained", record, f"rejected: {reason}"))


def _knows(track: Track, job_id: str) -> bool:
    return any(job.id == job_id for job in track.jobs)


def _strange(
    record: Stored, event: Event, verdict: Verdict, client: str, has_asset: Callable[[str], bool]
) -> Iterator[Finding]:
    """What the fold accepts, since it sees one aggregate alone, or does not look at."""
    if event.meta.client_id != client and not isinstance(event, RecordDropped):
        yield finding("other-client", record, f"it says {event.meta.client_id}, and those before it {client}")
    if isinstance(event, TrackImported) and verdict.accepted and not has_asset(event.source.asset_id):
        yield finding("asset-missing", record, f"there is no event of {event.source.asset_id}")


def finding(kind: str, record: Stored, detail: str) -> Finding:
    return Finding(
        kind=kind,
        topic=record.partition.topic,
        partition=record.partition.number,
        offset=record.offset,
        key=(record.key or b"").decode(errors="replace"),
        type=record.header.get("ce_type", b"?").decode(errors="replace"),
        detail=detail,
    )
