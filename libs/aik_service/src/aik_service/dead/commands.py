"""`dead list`, `show`, `redrive` and `drop`: over what one consumer holds."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import typer
from aik_events.cli.printing import echo
from pydantic import TypeAdapter

from aik_service.command_errors import said
from aik_service.consumer import Consumer
from aik_service.dead import text as dead_text
from aik_service.dead.held_records import Dead, HeldRecords, NotDroppable, NotHeld
from aik_service.dead.plan import Plan, place_of
from aik_service.inbox import Redriven

T = TypeVar("T")
Opened = Callable[[], Consumer]
"""Opens the consumer with the settings that the environment has."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


def dead_commands(opened: Opened) -> typer.Typer:
    """The commands of one consumer."""
    app = typer.Typer(
        no_args_is_help=True, help="See to records that do not decode, and to what waits behind them here."
    )

    @app.command("list")
    def list_(as_json: AsJson = False) -> None:
        """Every record that does not decode, and how many of its key wait behind it."""
        found = _run(opened, HeldRecords.dead)
        if as_json:
            echo(TypeAdapter(list[Dead]).dump_json(found, indent=2, by_alias=True).decode())
        else:
            echo(dead_text.listed(found))

    @app.command()
    def show(
        place: Annotated[str, typer.Argument(help="Its offset, TOPIC-PARTITION@OFFSET, or the key: its first record.")],
        as_json: AsJson = False,
    ) -> None:
        """One held record: headers, value, the reason in full, and what trying its key again would do."""
        shown = _run(opened, lambda held: held.show(place))
        echo(_json(dead_text.document(shown)) if as_json else dead_text.shown(shown))

    @app.command()
    def redrive(
        key: Annotated[list[str] | None, typer.Option(help="Only what is held of this key; may be repeated.")] = None,
        all_: Annotated[bool, typer.Option("--all", help="Whatever is held.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Try what is held again, in order, with the code of this command; one transaction a key."""
        if bool(key) == all_:
            raise typer.BadParameter("name a --key, or --all")
        keys = None if all_ else key
        if dry_run:
            plans = _run(opened, lambda held: held.plans(keys))
            echo(_json([_plan(plan) for plan in plans]) if as_json else dead_text.planned(plans))
        else:
            done = _run(opened, lambda held: held.redrive(keys))
            echo(_json([_done(*each) for each in done]) if as_json else dead_text.redriven(done))

    @app.command()
    def drop(
        places: Annotated[list[str], typer.Argument(help="Offsets, or TOPIC-PARTITION@OFFSET.", metavar="OFFSET…")],
        reason: Annotated[str, typer.Option(help="Why nobody will ever read it; it stays in the log.")],
        yes: Yes = False,
        as_json: Annotated[
            bool, typer.Option("--json", help="Print one JSON object a record; goes with --yes.")
        ] = False,
    ) -> None:
        """Give records up for good, for every service: writes `record.dropped` to the log."""
        if as_json and not yes:
            raise typer.BadParameter("--json goes with --yes: who reads it can't be asked")
        for place in places:
            hold = _run(opened, partial(HeldRecords.droppable, place=place))
            if not as_json:
                echo(dead_text.headline(hold))
            if not yes:
                typer.confirm("Give it up, in every service and for good?", abort=True)
            at = _run(opened, partial(HeldRecords.drop, hold=hold, reason=reason))
            told = f"given up {place_of(hold.record)} by record.dropped, {at.partition}@{at.offset}"
            echo(json.dumps(dead_text.dropped(hold, at), ensure_ascii=False) if as_json else told)

    return app


def _run(opened: Opened, work: Callable[[HeldRecords], Awaitable[T]]) -> T:
    """What the work gives, or a sentence and exit status 1."""

    async def run() -> T:
        consumer = opened()
        try:
            return await work(HeldRecords(consumer))
        finally:
            await consumer.close()

    with said(1, NotHeld, NotDroppable):
        return asyncio.run(run())


def _plan(plan: Plan) -> dict[str, Any]:
    return plan.model_dump(mode="json", by_alias=True)


def _done(plan: Plan, done: Redriven) -> dict[str, Any]:
    return {**_plan(plan), "folded": done.folded, "held": done.held}


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
