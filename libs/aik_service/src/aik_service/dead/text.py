"""Held records as text for a terminal, and as documents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aik_events.cli.printing import counted, in_lines, one_line
from aik_events.log.port import Position

from aik_service.dead.held_records import Dead, Shown
from aik_service.dead.plan import Plan, Tried, place_of, text_of, type_of
from aik_service.holds import Hold
from aik_service.inbox import Redriven

MOST = 120
"""A reason quotes the record, which is of any length."""


def listed(found: Sequence[Dead]) -> str:
    if not found:
        return "nothing is held"
    return in_lines(line for dead in found for line in _listed(dead))


def _listed(dead: Dead) -> Iterator[str]:
    since = f", since {_time(dead.time)}" if dead.time else ""
    yield f"{_cut(dead.key)}  {dead.topic}-{dead.partition}@{dead.offset}  {dead.type or 'without a type'}{since}"
    yield f"    {_cut(dead.reason)}"
    yield f"    {counted(dead.waiting, 'later record') if dead.waiting else 'no later records'} behind it"


def headline(hold: Hold) -> str:
    record = hold.record
    named = type_of(record.headers) or "without a type"
    return one_line(f"{_cut(text_of(record.key))}  {place_of(record)}  {named}  {_cut(hold.problem or '')}".rstrip())


def shown(shown: Shown) -> str:
    record = shown.hold.record
    lines = [f"{text_of(record.key)}  {place_of(record)}", "headers"]
    lines += [f"    {name}: {text_of(value)}" for name, value in record.headers.items()]
    lines += [f"value, {len(record.value)} bytes", *_indented(_pretty(record.value)), *_why(shown)]
    return in_lines([*lines, "trying its key again", *_tried(shown.plan, would=True)])


def document(shown: Shown) -> Mapping[str, Any]:
    record = shown.hold.record
    return {
        "key": text_of(record.key),
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
        "headers": {name: text_of(value) for name, value in record.headers.items()},
        "value": text_of(record.value),
        "heldFor": shown.hold.problem,
        "problem": shown.problem,
        "redrive": shown.plan.model_dump(mode="json", by_alias=True),
    }


def dropped(hold: Hold, told: Position) -> Mapping[str, Any]:
    """The record that was given up, and where `record.dropped` says so."""
    record = hold.record
    at = {"topic": record.partition.topic, "partition": record.partition.number, "offset": record.offset}
    told_at = {"topic": told.partition.topic, "partition": told.partition.number, "offset": told.offset}
    return {"key": text_of(record.key), **at, "told": told_at}


def planned(plans: Sequence[Plan]) -> str:
    lines = [line for plan in plans for line in (_of(plan), *_tried(plan, would=True))]
    folded, held = sum(plan.folded for plan in plans), sum(plan.held for plan in plans)
    return in_lines([*lines, f"{folded} would be folded, {held} would still be held; nothing is changed"])


def redriven(done: Sequence[tuple[Plan, Redriven]]) -> str:
    lines: list[str] = []
    for plan, result in done:
        lines.append(f"{_of(plan)}: {result.folded} folded, {result.held} still held")
        if (plan.folded, plan.held) == (result.folded, result.held):  # Else it has changed in between.
            lines += _tried(plan, would=False)
    folded, held = sum(result.folded for _, result in done), sum(result.held for _, result in done)
    return in_lines([*lines, f"{folded} folded, {held} still held"])


def _of(plan: Plan) -> str:
    return f"{_cut(plan.key)}  {plan.topic}-{plan.partition}"


def _tried(plan: Plan, *, would: bool) -> list[str]:
    return [
        f"    @{tried.offset:<6} {tried.type or 'without a type':<24} {_words(tried, would)}" for tried in plan.records
    ]


def _words(tried: Tried, would: bool) -> str:
    still, folded = ("would still", "would be folded") if would else ("still", "folded")
    match tried.outcome:
        case "undecodable":
            return f"{still} {'be held' if would else 'held'}: {_cut(tried.detail or '')}"
        case "waiting":
            return f"{still} {'wait' if would else 'waits'} {tried.detail}"
        case outcome:
            return f"{folded}, {outcome}{f': {tried.detail}' if tried.detail else ''}"


def _why(shown: Shown) -> Iterator[str]:
    if shown.hold.problem is None:
        yield "it waits for an earlier record of its key"
    else:
        yield "held, since it did not decode"
        yield from _indented(shown.hold.problem)
    if shown.problem is None:
        yield "it decodes with the code of this command"
    elif shown.problem != shown.hold.problem:
        yield "it does not decode with the code of this command"
        yield from _indented(shown.problem)


def _pretty(value: bytes) -> str:
    try:
        return json.dumps(json.loads(value), ensure_ascii=False, indent=2)
    except ValueError:
        return text_of(value)


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST else f"{line[:MOST]}…"


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
