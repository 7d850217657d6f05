"""The command `aik-gateway`: its processes, what sets them up, and what looks after them."""

import asyncio
import json

import typer
from aik_events.environment import from_environment
from aik_service import logs, tracing
from aik_service.command_errors import said
from aik_service.settings import ServiceSettings
from aik_service.tracing_settings import TracingSettings

from aik_gateway import api_process, projector_process
from aik_gateway.api.app import contract
from aik_gateway.bucket import set_up
from aik_gateway.cli import bundle, dead, tokens
from aik_gateway.cli.reseal import reseal
from aik_gateway.cli.roles import roles
from aik_gateway.cli.verify import verify_objects
from aik_gateway.cli.words import words
from aik_gateway.private import migrate as private_migrate
from aik_gateway.rebuild import commands as rebuild_commands
from aik_gateway.settings import BucketSettings, GatewaySettings, JanitorSettings

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(tokens.app, name="tokens")
app.add_typer(dead.app, name="dead")
app.command("words")(words)
app.command("roles")(roles)
app.command("reseal")(reseal)
app.command("verify-objects")(verify_objects)
app.command("export")(bundle.export)
app.command("import")(bundle.import_)
rebuild_commands.mount(app)


@app.command()
def api() -> None:
    """Serve the REST API until SIGTERM."""
    with said(1):
        settings = from_environment(GatewaySettings)
        spans = from_environment(TracingSettings)
    logs.configure("gateway-api", format=settings.log_format, level=settings.log_level)
    tracing.configure("gateway-api", spans)
    asyncio.run(api_process.run(settings))


@app.command()
def projector() -> None:
    """Keep the read model true, and clean up, until SIGTERM."""
    with said(1):
        settings = from_environment(JanitorSettings)
    logs.configure("gateway-projector", format=settings.log_format, level=settings.log_level)
    asyncio.run(projector_process.run(settings))


@app.command()
def migrate() -> None:
    """Bring the private schema up to date."""
    with said(1):
        private_migrate.migrate(from_environment(ServiceSettings).postgres.get_secret_value())


@app.command()
def bucket() -> None:
    """Make the bucket if it is missing, and let browsers of AIK_CORS_ORIGINS use presigned URLs; may run twice."""
    with said(1):
        settings = from_environment(BucketSettings)
        set_up(settings)
    origins = ", ".join(settings.cors_origins) or "not changed: AIK_CORS_ORIGINS is empty"
    typer.echo(f"bucket {settings.s3_bucket} is there; origins: {origins}")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the REST API."""
    typer.echo(json.dumps(contract(), ensure_ascii=False, indent=1, sort_keys=True))
