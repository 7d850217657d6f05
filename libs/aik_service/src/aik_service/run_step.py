"""A step service, wired by hand: inbox, queue, runner, engine process and health, in one process."""

import asyncio
import os
import socket

from aik_events.log.kafka import KafkaLog
from aik_events.track import STATE_VERSION

from aik_service import logs
from aik_service.database import Bell, Database
from aik_service.engine_process.parent import EngineProcess
from aik_service.folding import TRACK_FOLD
from aik_service.health import OpsServer
from aik_service.inbox import Inbox
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.leases import Leases
from aik_service.objects.s3 import S3Objects
from aik_service.process import run_together
from aik_service.runner import Runner
from aik_service.service import StepService
from aik_service.settings import StepSettings
from aik_service.tasks import CHANNEL, Task, TaskProjection


def run_step(service: StepService) -> None:
    """Runs until SIGTERM, with the settings that the environment has."""
    settings = StepSettings()  # type: ignore[call-arg]  # pydantic-settings reads the environment
    logs.configure(service.name, format=settings.log_format, level=settings.log_level)
    asyncio.run(_run(service, settings))


async def _run(service: StepService, settings: StepSettings) -> None:
    database = Database(settings.postgres.get_secret_value(), f"{service.name}_v{STATE_VERSION}")
    worker = f"{socket.gethostname()}-{os.getpid()}"
    log = KafkaLog(settings.kafka, client_id=f"aik-{service.name}")
    objects = S3Objects(settings)
    inbox = Inbox(
        log,
        database,
        group=f"aik-{service.name}",
        folds=[TRACK_FOLD],
        projection=TaskProjection(database, service.step),
    )
    engine = EngineProcess(service.handler, service.engine, idle_s=settings.engine_idle_s)
    bell = Bell(database, CHANNEL)
    leases = Leases(database, worker=worker, ttl_s=settings.lease_s)
    runner = Runner(service, settings, leases=leases, log=log, objects=objects, computer=engine, wait=bell.wait)
    checks = {"kafka": log.identity, "postgres": database.check, "s3": objects.check, "inbox": inbox.check}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)
    try:
        await database.create([*INBOX_TABLES, Task])
        await inbox.prepare()
        await run_together({"inbox": inbox.run, "runner": runner.run, "bell": bell.run, "ops": ops.serve})
    finally:
        await engine.kill()
        await log.close()
        await database.close()
