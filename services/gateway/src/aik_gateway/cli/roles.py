"""`aik-gateway roles`: a role of Postgres for each service."""

from pathlib import Path
from typing import Annotated

import typer
from aik_events.environment import from_environment
from aik_service.command_errors import said
from aik_service.settings import ServiceSettings

from aik_gateway.private.roles import ROLES, set_up


def roles(
    passwords: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="a folder with files called like the roles, a password in each"
        ),
    ] = None,
) -> None:
    """Make a role of Postgres for each service, which sees its own schemas alone; may run twice.

    AIK_POSTGRES is the database's owner, who may make roles. Run it before the first start, and `migrate` after it.
    """
    words = {role: (passwords / role).read_text("utf-8").strip() for role in _named(passwords)} if passwords else {}
    with said(1):
        set_up(from_environment(ServiceSettings).postgres.get_secret_value(), words)
    typer.echo(f"roles {', '.join(ROLES)} are there; passwords set: {', '.join(words) or 'none'}")


def _named(folder: Path) -> list[str]:
    return [role for role in ROLES if (folder / role).is_file()]
