"""API tokens on the command line: `aik-gateway tokens create`, `list` and `revoke`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from aik_events.environment import from_environment
from aik_service.clock import utc_now
from aik_service.command_errors import said
from aik_service.database import Database
from aik_service.settings import ServiceSettings

from aik_gateway.api.wiring import CLIENT_ID_PATTERN
from aik_gateway.private.migrate import migrate
from aik_gateway.private.tables import SCHEMA
from aik_gateway.private.tokens import BELIEVED_S, Tokens

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the API tokens of clients.")

T = TypeVar("T")


def _client_id(text: str) -> str:
    if not CLIENT_ID_PATTERN.fullmatch(text):
        raise typer.BadParameter("1 to 128 of A-Z a-z 0-9 . _ : -")
    return text


@app.command()
def create(
    client_id: Annotated[str, typer.Argument(callback=_client_id)],
    name: Annotated[str | None, typer.Option(help="what it is for, shown in the list")] = None,
) -> None:
    """Make a token of this client and show it, once."""
    typer.echo(_run(lambda tokens: tokens.create(client_id, name)))


@app.command("list")
def list_() -> None:
    """Show every token: id, client, name, when it was made and revoked."""
    for token in _run(lambda tokens: tokens.all()):
        revoked = "" if token.revoked_at is None else f"revoked {token.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
        made = f"{token.created_at:%Y-%m-%dT%H:%M:%SZ}"
        typer.echo("\t".join((token.id, token.client_id, token.name or "", made, revoked)))


@app.command()
def revoke(id: str) -> None:
    """Make a token worthless: within seconds, in every api process."""
    if not _run(lambda tokens: tokens.revoke(id)):
        typer.echo(f"there is no token {id}", err=True)
        raise typer.Exit(1)
    typer.echo(f"revoked; it is refused everywhere after {BELIEVED_S:.0f} s at most")


def _run(work: Callable[[Tokens], Awaitable[T]]) -> T:
    """What the work gives, or a sentence and exit status 1."""

    async def run(postgres: str) -> T:
        database = Database(postgres, SCHEMA, pool_size=1)
        try:
            return await work(Tokens(database, utc_now))
        finally:
            await database.close()

    with said(1):
        postgres = from_environment(ServiceSettings).postgres.get_secret_value()
        migrate(postgres)
        return asyncio.run(run(postgres))
