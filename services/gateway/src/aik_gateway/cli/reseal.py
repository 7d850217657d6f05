"""`aik-gateway reseal`: seals the webhook secrets with the key of today."""

import asyncio

import typer
from aik_events.cli.running import Sentences
from aik_events.cli.running import said as said_of
from aik_events.environment import from_environment
from aik_service.clock import utc_now
from aik_service.command_errors import said
from aik_service.database import Database
from aik_service.sealing import SealBroken
from aik_service.settings import SealingSettings, ServiceSettings

from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tables import SCHEMA

BROKEN: Sentences = {
    SealBroken: lambda _: "Nothing was changed: one is sealed with neither AIK_SECRET_KEY nor AIK_SECRET_KEY_OTHER."
}


def reseal() -> None:
    """Seal every webhook secret with AIK_SECRET_KEY that is sealed with AIK_SECRET_KEY_OTHER; may run twice."""
    with said(1), said_of(1, BROKEN):
        settings, sealing = from_environment(ServiceSettings), from_environment(SealingSettings)
        count = asyncio.run(_resealed(settings.postgres.get_secret_value(), sealing))
    typer.echo(f"{count} webhook secrets are sealed with AIK_SECRET_KEY")


async def _resealed(postgres: str, sealing: SealingSettings) -> int:
    database = Database(postgres, SCHEMA, pool_size=1)
    try:
        return await Secrets(database, sealing.sealer(), utc_now).reseal()
    finally:
        await database.close()
