"""The notifier, wired by hand: inbox, queue, senders and health, in one process."""

import asyncio
import os
import socket

import httpcore
import typer
from aik_events.environment import from_environment
from aik_events.log.kafka import KafkaLog
from aik_events.track import STATE_VERSION
from aik_service import logs, tracing
from aik_service.command_errors import said
from aik_service.consumer import Consumer
from aik_service.database import Bell, Database
from aik_service.dead.commands import dead_commands
from aik_service.folding import ENDPOINT_FOLD, TRACK_FOLD
from aik_service.health import OpsServer
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.process import run_together
from aik_service.tracing_settings import TracingSettings

from aik_notifier.deliveries import DeliveryProjection
from aik_notifier.delivery_queue import DeliveryQueue
from aik_notifier.dispatcher import Dispatcher
from aik_notifier.room import Room
from aik_notifier.secret_store import BriefSecrets, GatewaySecrets
from aik_notifier.sender import Sender
from aik_notifier.settings import NotifierSettings
from aik_notifier.tables import CHANNEL, NOTIFIER_TABLES
from aik_notifier.transport import HttpPoster, system_resolver

PRIVATE_SCHEMA = "gateway_private"


main = typer.Typer(help="The service that sends webhooks.", add_completion=False, pretty_exceptions_enable=False)


@main.callback(invoke_without_command=True)
def without_a_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        run()


@main.command()
def run() -> None:
    """Send webhooks until SIGTERM; what happens without a command too."""
    with said(1):
        settings = from_environment(NotifierSettings)
        spans = from_environment(TracingSettings)
    logs.configure("notifier", format=settings.log_format, level=settings.log_level)
    tracing.configure("notifier", spans)
    asyncio.run(_run(settings))


def _consumer_to_mend() -> Consumer:
    settings = from_environment(NotifierSettings)
    logs.configure("notifier", format=settings.log_format, level="WARNING")
    return _consumer_of(settings)


main.add_typer(dead_commands(_consumer_to_mend), name="dead")


def _consumer_of(settings: NotifierSettings) -> Consumer:
    database = Database(settings.postgres.get_secret_value(), f"notifier_v{STATE_VERSION}")
    log = KafkaLog(settings, client_id="aik-notifier")
    projection = DeliveryProjection(database, settings.public_url)
    return Consumer("notifier", database, log, [TRACK_FOLD, ENDPOINT_FOLD], projection)


async def _run(settings: NotifierSettings) -> None:
    consumer = _consumer_of(settings)
    database, log, inbox = consumer.database, consumer.log, consumer.inbox()
    private = Database(settings.postgres.get_secret_value(), PRIVATE_SCHEMA)
    bell = Bell(database, CHANNEL)
    worker = f"{socket.gethostname()}-{os.getpid()}"
    poster = HttpPoster(
        settings.address_rules(),
        timeout_s=settings.webhook_timeout_s,
        resolve=system_resolver,
        dialer=httpcore.AnyIOBackend(),
        tls=httpcore.default_ssl_context(),
    )
    queue = DeliveryQueue(database, worker=worker, ttl_s=settings.lease_s)
    sender = Sender(
        settings,
        queue=queue,
        log=log,
        secrets=BriefSecrets(GatewaySecrets(private, settings.sealer())),
        poster=poster,
    )
    checks = {"kafka": log.identity, "postgres": database.check, "facts": sender.check, "secrets": sender.check_secrets}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)
    room = Room(settings.webhook_senders, settings.webhook_senders_per_host)
    dispatcher = Dispatcher(queue, sender.work, room=room, wait=bell.wait, poll_s=settings.poll_s)

    async def prepare() -> None:
        await database.create([*INBOX_TABLES, *NOTIFIER_TABLES])
        await inbox.prepare()

    try:
        parts = {"inbox": inbox.run, "bell": bell.run, "lag": consumer.lag().run}
        await run_together(
            parts, {"senders": dispatcher}, ops=ops.serve, prepare=prepare, grace_s=settings.webhook_timeout_s
        )
    finally:
        await private.close()
        await consumer.close()
