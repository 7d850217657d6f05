"""`aik-gateway rebuild`, `replay`, `diff` and `discard`."""

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from aik_events.cli.printing import echo
from aik_events.cli.running import Sentences, said
from aik_events.environment import from_environment
from aik_events.log import LogUnavailable, PositionOutOfRange
from aik_events.log.kafka import KafkaLog
from aik_events.log.spans import kafka_spans
from aik_service import logs
from aik_service.clock import utc_now
from aik_service.command_errors import NO_POSTGRES, SENTENCES
from aik_service.database import Database, SchemaMoved
from aik_service.inbox import ForeignLog
from aik_service.settings import ServiceSettings

from aik_gateway.private.migrate import migrate
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import Generations, served_database
from aik_gateway.readmodel.version import SCHEMA
from aik_gateway.rebuild import showing
from aik_gateway.rebuild.rebuilding import Rebuilding, Tell, tell_nobody
from aik_gateway.rebuild.refused import Refused
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_gateway.rebuild.workers import OneProcess, Processes

T = TypeVar("T")
REFUSED: Sentences = dict.fromkeys(
    (Refused, ForeignLog, PositionOutOfRange, SchemaMoved),
    lambda error: f"{type(error).__doc__} {error}".strip(),
)
INTERRUPTED: Sentences = dict.fromkeys(
    (LogUnavailable, *NO_POSTGRES),
    lambda error: f"Kafka or Postgres does not answer; what is folded is kept, begin again. ({error})",
)
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Workers = Annotated[int, typer.Option(min=1, help="So many processes share the partitions out; each takes one core.")]
Sandbox = Annotated[str, typer.Argument(help="The name that was given to `replay --into`.")]
CORES = os.cpu_count() or 1


def rebuild(
    dry_run: Annotated[bool, typer.Option(help="Fold and compare, and leave what serves as it is.")] = False,
    back: Annotated[bool, typer.Option(help="Let the schema serve again that did before the last switch.")] = False,
    processes: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Fold the whole log into a new schema while the old one serves, compare both, and switch to the new one."""
    if back and (dry_run or as_json):
        raise typer.BadParameter("--back goes alone: it switches, and compares nothing")
    with showing.progress("folding the log into a new schema") as tell:
        if back:
            previous = _run(processes, tell, lambda it: it.back(), changes=True)
            typer.echo(f"{previous.name} serves again")
            return
        found = _run(processes, tell, lambda it: it.rebuild(dry=dry_run), changes=not dry_run)
    showing.compared(found, as_json=as_json)
    if not as_json:
        typer.echo(showing.outcome(found, dry=dry_run))


def replay(
    into: Annotated[str, typer.Option(help="The sandbox's name; an old one of this name goes.")],
    track: Annotated[list[str] | None, typer.Option(help="This track (or asset, or endpoint), and so on.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Each that an event was told of since then (UTC).")] = None,
    all_: Annotated[bool, typer.Option("--all", help="The whole log.")] = False,
    processes: Workers = CORES,
    as_json: AsJson = False,
) -> None:
    """Fold the log into a throw-away schema with today's code; `diff` shows what would be different."""
    if [bool(track), since is not None, all_].count(True) != 1:
        raise typer.BadParameter("say which: --track ID, --since TIME or --all")
    if not NAME.fullmatch(into):
        raise typer.BadParameter("a sandbox's name is of letters a to z, digits and _")

    async def work(rebuilding: Rebuilding) -> tuple[str, list[str] | None]:
        sandboxes, chosen = Sandboxes(rebuilding), track
        if since is not None:
            chosen = list(await sandboxes.touched_since(since.replace(tzinfo=UTC)))
        return (await sandboxes.replay(into, chosen)).name, chosen

    with showing.progress("folding the log into a sandbox") as tell:
        schema, chosen = _run(processes, tell, work)
    echo(showing.replayed(into, schema, chosen, as_json=as_json))


def diff(sandbox: Sandbox, as_json: AsJson = False) -> None:
    """Show what differs between a sandbox and what serves, by table, key and column."""
    found = _run(CORES, tell_nobody, lambda rebuilding: Sandboxes(rebuilding).diff(sandbox))
    showing.compared(found, as_json=as_json)


def discard(sandbox: Sandbox, as_json: AsJson = False) -> None:
    """Drop a sandbox."""
    made = _run(1, tell_nobody, lambda rebuilding: Sandboxes(rebuilding).drop(sandbox))
    echo(json.dumps({"sandbox": sandbox, "dropped": made.name}) if as_json else f"{made.name} is dropped")


def mount(app: typer.Typer) -> None:
    for command in (rebuild, replay, diff, discard):
        app.command()(command)


def _run(processes: int, tell: Tell, work: Callable[[Rebuilding], Awaitable[T]], *, changes: bool = False) -> T:
    """The private schema is brought up to date first when `changes` is set.

    Ends with a sentence and exit status 1 when it can't be done.
    """

    async def run(settings: ServiceSettings) -> T:
        if changes:
            await asyncio.to_thread(migrate, settings.postgres.get_secret_value())
        async with _opened(settings, processes, tell) as rebuilding:
            return await work(rebuilding)

    with said(1, {**SENTENCES, **INTERRUPTED, **REFUSED}):
        settings = from_environment(ServiceSettings)
        logs.configure("gateway-rebuild", format=settings.log_format, level=settings.log_level)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        return asyncio.run(run(settings))


@asynccontextmanager
async def _opened(settings: ServiceSettings, processes: int, tell: Tell) -> AsyncIterator[Rebuilding]:
    postgres = settings.postgres.get_secret_value()
    private, served = Database(postgres, PRIVATE), served_database(postgres, PRIVATE, code=None)
    log = KafkaLog(settings, client_id="aik-gateway-rebuild")
    try:
        await private.check()
        async with kafka_spans(settings, client_id="aik-gateway-rebuild") as spans:
            filler = Processes(settings, postgres, processes, OneProcess(spans, postgres))
            generations = Generations(private, SCHEMA, utc_now)
            yield Rebuilding(log, served, generations, filler, postgres, tell)
    finally:
        await log.close()
        await served.close()
        await private.close()
