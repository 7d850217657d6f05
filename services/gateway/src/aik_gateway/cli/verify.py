"""`aik-gateway verify-objects`: says what is wrong with the objects that are named."""

import asyncio
from typing import Annotated

import typer
from aik_events.cli.printing import counted, echo, in_lines
from aik_events.environment import from_environment
from aik_service.command_errors import said
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings, ServiceSettings

from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import served_database
from aik_gateway.verifying import Verified, Wrong, verified


def verify_objects(
    track: Annotated[str | None, typer.Option(help="Only what this track names.")] = None,
    hash_: Annotated[bool, typer.Option("--hash", help="Read every object and compare its sha256 too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether every object that tracks and assets name is in the store, with its size.

    Exit status: 0 all are there, 1 something is wrong, 2 it can't be said.
    """
    with said(2):
        found = asyncio.run(_verified(track, hashed=hash_))
    if track is not None and found.aggregates == 0:
        typer.echo(f"There is no track {track}.", err=True)
        raise typer.Exit(2)
    show(found, as_json=as_json)
    raise typer.Exit(1 if found.wrong else 0)


async def _verified(track: str | None, *, hashed: bool) -> Verified:
    database = served_database(from_environment(ServiceSettings).postgres.get_secret_value(), PRIVATE, pool_size=1)
    objects = S3Objects(from_environment(ObjectSettings))
    try:
        return await verified(database, objects, track, hashed=hashed)
    finally:
        await database.close()


def show(found: Verified, *, as_json: bool) -> None:
    if as_json:
        return echo(found.model_dump_json(indent=2, by_alias=True))
    lines = [f"{wrong.problem:<8} {wrong.owner}  {wrong.kind}  {wrong.key}{_instead(wrong)}" for wrong in found.wrong]
    how = "by size and sha256" if found.hashed else "by size"
    owners = counted(found.aggregates, "asset or track", "assets and tracks")
    seen = f"{counted(found.objects, 'object')} ({found.size_bytes} bytes) of {owners}, {how}"
    typer.echo(in_lines([*lines, f"{seen}: {len(found.wrong) or 'nothing'} wrong"]))


def _instead(wrong: Wrong) -> str:
    return f"  {wrong.named} named, {wrong.found} found" if wrong.found else ""
