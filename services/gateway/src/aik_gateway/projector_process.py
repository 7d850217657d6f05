"""The projector's process: its parts, put together."""

import asyncio

import httpx
from aik_events.log.kafka import KafkaLog
from aik_service.clock import utc_now
from aik_service.database import Database
from aik_service.health import OpsServer
from aik_service.objects.s3 import S3Objects
from aik_service.process import run_together

from aik_gateway.janitor import Janitor
from aik_gateway.multipart import TIMEOUT, S3Multiparts
from aik_gateway.presigning import OwnSigner
from aik_gateway.private.migrate import migrate
from aik_gateway.private.sweeps import Sweeps
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.finished import FinishedJobs
from aik_gateway.readmodel.fitting import make_ready
from aik_gateway.readmodel.generations import Generations, served_database
from aik_gateway.readmodel.open_jobs import OpenJobs
from aik_gateway.readmodel.projector import inbox_of, lag_of, project
from aik_gateway.readmodel.version import SCHEMA
from aik_gateway.settings import JanitorSettings


async def run(settings: JanitorSettings) -> None:
    """Folds, and cleans up, until SIGTERM."""
    postgres = settings.postgres.get_secret_value()
    database, private = served_database(postgres, PRIVATE), Database(postgres, PRIVATE)
    generations = Generations(private, SCHEMA, utc_now)
    log = KafkaLog(settings, client_id="aik-gateway-projector")
    inbox = inbox_of(log, database, told=FinishedJobs(utc_now))
    checks = {"kafka": log.identity, "postgres": database.check}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)

    async def prepare() -> None:
        await asyncio.to_thread(migrate, postgres)
        await make_ready(database, generations)
        await inbox.prepare()

    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=settings.s3_tls()) as http:
        multiparts = S3Multiparts(OwnSigner(settings), http)
        janitor = Janitor(log, database, Sweeps(private), S3Objects(settings), multiparts, settings, utc_now)
        try:
            parts = {"inbox": lambda: project(inbox), "janitor": janitor.run, "generations": generations.watch}
            parts |= {"lag": lag_of(log, database).run, "open jobs": OpenJobs(database).run}
            await run_together(parts, ops=ops.serve, prepare=prepare)
        finally:
            await log.close()
            await database.close()
            await private.close()
