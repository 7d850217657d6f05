"""The gateway's parts, put together: `aik-gateway api`, `projector`, `rebuild` and `migrate`."""

import asyncio
from datetime import UTC, datetime

import httpx
import typer
import uvicorn
from aik_events.log.kafka import KafkaLog
from aik_service import logs
from aik_service.database import Database
from aik_service.health import OpsServer
from aik_service.objects.s3 import S3Objects
from aik_service.process import run_together
from aik_service.sealing import Sealer
from aik_service.settings import ServiceSettings

from aik_gateway.api.app import create_app
from aik_gateway.api.wiring import Gateway
from aik_gateway.commands import Commands
from aik_gateway.multipart import TIMEOUT, S3Multiparts
from aik_gateway.presigning import Presigner
from aik_gateway.private import migrate as private_migrate
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.progress import Progress
from aik_gateway.readmodel.projector import inbox_of
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.readmodel.tables import SCHEMA, TABLES
from aik_gateway.rebuild import rebuild as rebuild_from
from aik_gateway.serving import serve
from aik_gateway.settings import GatewaySettings
from aik_gateway.verdicts import Verdicts

app = typer.Typer(no_args_is_help=True, add_completion=False)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@app.command()
def api() -> None:
    """Serve the REST API until SIGTERM."""
    settings = GatewaySettings()  # type: ignore[call-arg]  # pydantic-settings reads the environment
    logs.configure("gateway-api", format=settings.log_format, level=settings.log_level)
    private_migrate.migrate(settings.postgres.get_secret_value())
    asyncio.run(_api(settings))


@app.command()
def projector() -> None:
    """Keep the read model true until SIGTERM."""
    settings = ServiceSettings()
    logs.configure("gateway-projector", format=settings.log_format, level=settings.log_level)
    asyncio.run(_projector(settings))


@app.command()
def rebuild() -> None:
    """Fold the whole log into an emptied read model."""
    settings = ServiceSettings()
    logs.configure("gateway-rebuild", format=settings.log_format, level=settings.log_level)
    typer.echo(f"{asyncio.run(_rebuild(settings))} records folded into {SCHEMA}")


@app.command()
def migrate() -> None:
    """Bring the private schema up to date."""
    private_migrate.migrate(ServiceSettings().postgres.get_secret_value())


async def _api(settings: GatewaySettings) -> None:
    postgres = settings.postgres.get_secret_value()
    database, private = Database(postgres, SCHEMA, pool_size=10), Database(postgres, PRIVATE)
    log = KafkaLog(settings.kafka, client_id="aik-gateway-api")
    objects = S3Objects(settings)
    read_model = ReadModel(database)
    verdicts = Verdicts(database, read_model.verdict)
    progress = Progress(log)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
        gateway = Gateway(
            settings=settings,
            read_model=read_model,
            commands=Commands(log, verdicts, wait_s=settings.verdict_wait_s),
            objects=objects,
            multiparts=S3Multiparts(Presigner(settings), http),
            presigner=Presigner(settings.public_objects()),
            secrets=Secrets(private, Sealer(settings.secret_key), _utc_now),
            progress=progress,
            clock=_utc_now,
        )
        checks = {"kafka": log.identity, "postgres": database.check, "s3": objects.check}
        config = uvicorn.Config(
            create_app(gateway, checks),
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            lifespan="off",
        )
        try:
            await database.create(TABLES)
            parts = {"api": lambda: serve(config), "verdicts": verdicts.run, "progress": progress.run}
            await run_together(parts)
        finally:
            await log.close()
            await database.close()
            await private.close()


async def _projector(settings: ServiceSettings) -> None:
    database = Database(settings.postgres.get_secret_value(), SCHEMA)
    log = KafkaLog(settings.kafka, client_id="aik-gateway-projector")
    inbox = inbox_of(log, database)
    checks = {"kafka": log.identity, "postgres": database.check, "inbox": inbox.check}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)
    try:
        await database.create(TABLES)
        await inbox.prepare()
        await run_together({"inbox": inbox.run, "ops": ops.serve})
    finally:
        await log.close()
        await database.close()


async def _rebuild(settings: ServiceSettings) -> int:
    database = Database(settings.postgres.get_secret_value(), SCHEMA)
    log = KafkaLog(settings.kafka, client_id="aik-gateway-rebuild")
    try:
        return await rebuild_from(log, database)
    finally:
        await log.close()
        await database.close()
