"""What a rebuild says: its progress, and what differs."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from aik_events.cli.printing import echo, one_line, show
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.version import PROJECTION_VERSION
from aik_gateway.rebuild.comparing import Compared, Difference
from aik_gateway.rebuild.rebuilding import Tell

log = structlog.get_logger()
EVERY_S = 5.0
WIDTH = 60
"""A value is shown no longer than that."""


@contextmanager
def progress(what: str) -> Iterator[Tell]:
    """A bar on a terminal, else a log line every few seconds; both with the time that is left."""
    if not sys.stderr.isatty():
        yield _Lines(what).tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, what: str) -> None:
        self._what = what
        self._began: tuple[float, int] | None = None
        self._told = 0.0

    def tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        began, at_first = self._began = self._began or (now, done)
        if now - self._told < EVERY_S and done < total:
            return
        self._told = now
        rate = (done - at_first) / max(now - began, 0.001)
        left_s = round((total - done) / rate) if rate else None
        log.info(self._what, records=done, of=total, records_per_s=round(rate), left_s=left_s)


def compared(found: Compared, *, as_json: bool) -> None:
    """What differs, by table, key and column."""
    if as_json:
        echo(json.dumps(_as_json(found), default=str, ensure_ascii=False, indent=1))
        return
    console = Console(soft_wrap=True)
    show(console, f"{_made(found.other)}, at {found.records:,} records of the log, {found.held:,} are held")
    show(console, f"{_made(found.served)}, serves")
    if found.tables is None:
        show(console, "Not compared: what serves has not folded as much as this.")
        return
    if found.lacking:
        show(console, f"Not compared, since one of both lacks them: {', '.join(found.lacking)}.")
    if found.anew:
        show(console, f"{found.anew:,} records are held that what serves has read: it would not be switched to.")
    if not found.differing:
        rows = sum(table.rows for table in found.tables)
        show(console, f"Compared at equal offsets: {rows:,} rows in {len(found.tables)} tables, none differs.")
        return
    console.print(_counts(found))
    console.print(_rows(found))
    show(console, why(found.served, found.other))


def replayed(sandbox: str, schema: str, chosen: Sequence[str] | None, *, as_json: bool) -> str:
    """`chosen` is None for the whole log."""
    if as_json:
        return json.dumps({"sandbox": sandbox, "schema": schema, "aggregates": chosen}, ensure_ascii=False, indent=1)
    what = "the whole log"
    if chosen is not None:
        what = "the log of " + (chosen[0] if len(chosen) == 1 else f"{len(chosen):,} aggregates")
    return f"{what} is folded into {schema}: `aik-gateway diff {sandbox}` compares it with what serves"


def outcome(found: Compared, *, dry: bool) -> str:
    if dry:
        return (
            f"{found.served.name} serves on. `aik-gateway rebuild` goes on with {found.other.name} and switches to it."
        )
    return f"{found.other.name} serves now. `aik-gateway rebuild --back` lets {found.served.name} serve again."


def why(served: Generation, other: Generation) -> str:
    """What explains a difference."""
    if served.projection != other.projection:
        return (
            f"What serves was begun by projection code of version {served.projection}, the other by version "
            f"{other.projection}: look whether these are the changes that were meant."
        )
    return (
        f"Both were begun by projection code of version {served.projection}: somebody wrote into what serves, it was "
        "folded by other code of the same version, or the fold does not follow from the log alone."
    )


def _made(generation: Generation) -> str:
    made = f"{generation.name}, begun {generation.begun_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{made} by projection code of version {generation.projection}"


def _counts(found: Compared) -> Table:
    table = Table("table", title="Compared at equal offsets")
    table.add_column("rows", justify="right")
    table.add_column("differing", justify="right")
    for one in found.tables or ():
        table.add_row(*_cells(one.table, f"{one.rows:,}", f"{one.differing:,}"))
    return table


def _rows(found: Compared) -> Table:
    table = Table("table", "key", "column", f"serves ({found.served.name})", f"other ({found.other.name})")
    for one in found.tables or ():
        for difference in one.shown:
            _add(table, difference)
        if one.differing > len(one.shown):
            table.add_row(*_cells(one.table, f"and {one.differing - len(one.shown):,} more rows", "", "", ""))
    return table


def _cells(*values: str) -> Iterator[Text]:
    """As text, since rich would take a title like "[b]" for its own markup."""
    return (Text(one_line(value)) for value in values)


def _add(table: Table, difference: Difference) -> None:
    key = " ".join(_short(value) for value in difference.key.values())
    if difference.only_in is not None:
        there = ("a row", "none") if difference.only_in == "served" else ("none", "a row")
        table.add_row(*_cells(difference.table, key, "", *there))
    for column, (served, other) in difference.columns.items():
        table.add_row(*_cells(difference.table, key, column, *_apart(served, other)))


def _apart(served: Any, other: Any) -> tuple[str, str]:
    """Of two JSON objects only the fields that differ."""
    if isinstance(served, dict) and isinstance(other, dict):
        names = [name for name in {**served, **other} if served.get(name) != other.get(name)]
        served, other = ({name: side.get(name) for name in names} for side in (served, other))
    return _short(served), _short(other)


def _short(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return said if len(said) <= WIDTH else said[: WIDTH - 1] + "…"


def _as_json(found: Compared) -> Mapping[str, Any]:
    tables: Sequence[Mapping[str, Any]] | None = None
    if found.tables is not None:
        tables = [
            {
                "table": one.table,
                "rows": one.rows,
                "differing": one.differing,
                "shown": [
                    {
                        "key": difference.key,
                        "onlyIn": difference.only_in,
                        "columns": {n: {"served": a, "other": b} for n, (a, b) in difference.columns.items()},
                    }
                    for difference in one.shown
                ],
            }
            for one in found.tables
        ]
    return {
        "served": _generation(found.served),
        "other": _generation(found.other),
        "records": found.records,
        "held": found.held,
        "heldAnew": found.anew,
        "lacking": list(found.lacking),
        "differing": found.differing if found.tables is not None else None,
        "tables": tables,
        "code": PROJECTION_VERSION,
    }


def _generation(generation: Generation) -> Mapping[str, Any]:
    return {"schema": generation.name, "projection": generation.projection, "begunAt": generation.begun_at.isoformat()}
