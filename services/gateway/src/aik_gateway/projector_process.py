"""The processes that write the read model: the projector, and a rebuild."""

from aik_events.log.kafka import KafkaLog
from aik_service.database import Database
from aik_service.health import OpsServer
from aik_service.process import run_together
from aik_service.settings import ServiceSettings

from aik_gateway.readmodel.projector import inbox_of
from aik_gateway.readmodel.tables import SCHEMA, TABLES
from aik_gateway.rebuild import rebuild as rebuild_from


async def run(settings: ServiceSettings) -> None:
    """Folds until SIGTERM."""
    database = Database(settings.postgres.get_secret_value(), SCHEMA)
    log = KafkaLog(settings.kafka, client_id="aik-gateway-projector")
    inbox = inbox_of(log, database)
    checks = {"kafka": log.identity, "postgres": database.check}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)

    async def prepare() -> None:
        await database.create(TABLES)
        await inbox.prepare()

    try:
        await run_together({"inbox": inbox.run}, ops=ops.serve, prepare=prepare)
    finally:
        await log.close()
        await database.close()


async def rebuild(settings: ServiceSettings) -> int:
    """The number of records that were folded."""
    database = Database(settings.postgres.get_secret_value(), SCHEMA)
    log = KafkaLog(settings.kafka, client_id="aik-gateway-rebuild")
    try:
        return await rebuild_from(log, database)
    finally:
        await log.close()
        await database.close()
