"""A step service, wired by hand: inbox, queue, runner, engine process and health, in one process."""

import asyncio
import os
import socket

import typer
from aik_events.environment import from_environment
from aik_events.log.kafka import KafkaLog
from aik_events.track import STATE_VERSION

from aik_service import logs, metrics, tracing
from aik_service.asked_engines import AskedEngines
from aik_service.command_errors import said
from aik_service.consumer import Consumer
from aik_service.database import Bell, Database
from aik_service.drafts import Draft, Drafts
from aik_service.engine_choice import EngineChoice, UnknownEngine, engine_choice_of
from aik_service.engine_process.company import Loaded
from aik_service.engine_process.parent import EngineFailed, EngineProcess
from aik_service.folding import TRACK_FOLD
from aik_service.gpu_metrics import export_gpus
from aik_service.health import OpsServer
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.maker import Maker
from aik_service.objects.s3 import S3Objects
from aik_service.process import CLEANUP_S, run_together
from aik_service.queue_gauges import QueueGauges
from aik_service.runner import Runner
from aik_service.service import StepService
from aik_service.settings import ServiceSettings, StepSettings
from aik_service.task_queue import TaskLease, TaskQueue
from aik_service.tasks import CHANNEL, TASK_TABLES, WITHDRAWN, TaskProjection
from aik_service.tracing_settings import TracingSettings
from aik_service.work_folder import work_folder
from aik_service.worker import Worker

REFUSED = 2
"""Exit status when a setting asks for what there is not: starting again would change nothing."""


def run_step(service: StepService) -> None:
    """Runs until SIGTERM, with the settings that the environment has; exit status 2 when they are wrong.

    Engines that a setting names are loaded before the service is ready: one that can't be used ends it likewise.
    """
    with said(REFUSED, UnknownEngine):
        choice = engine_choice_of(service)
        settings = from_environment(StepSettings)
        spans = from_environment(TracingSettings)
    logs.configure(service.name, format=settings.log_format, level=settings.log_level)
    tracing.configure(service.name, spans)
    export_gpus()
    try:
        asyncio.run(_run(service, choice, settings))
    except EngineFailed as error:
        typer.echo(f"An engine that a setting names can't be used: {error.log}", err=True)
        raise typer.Exit(REFUSED) from None


def consumer_of(service: StepService, settings: ServiceSettings) -> Consumer:
    """The service's reader of the log, in the schema that belongs to this version of the state."""
    database = Database(settings.postgres.get_secret_value(), f"{service.name}_v{STATE_VERSION}")
    log = KafkaLog(settings, client_id=f"aik-{service.name}")
    projection = TaskProjection(database, service.step)
    return Consumer(service.name, database, log, [TRACK_FOLD], projection)


def loads_of(service: StepService) -> Loaded:
    """Counts how long its engines take to load."""

    def loaded(engine: str, seconds: float) -> None:
        metrics.LOADING.labels(service.step.value, service.name_of(engine)).observe(seconds)

    return loaded


async def _run(service: StepService, choice: EngineChoice, settings: StepSettings) -> None:
    consumer = consumer_of(service, settings)
    database, log, inbox = consumer.database, consumer.log, consumer.inbox()
    objects = S3Objects(settings)
    times = {"idle_s": settings.engine_idle_s, "grace_s": settings.engine_withdraw_s}
    engine = EngineProcess(service.handler, **times, loaded=loads_of(service))
    new, withdrawn = Bell(database, CHANNEL), Bell(database, WITHDRAWN)
    queue = TaskQueue(database, worker=f"{socket.gethostname()}-{os.getpid()}", ttl_s=settings.lease_s)
    drafts = Drafts(database, objects)
    asked = AskedEngines(engine, choice.asked)
    checks = {"kafka": log.identity, "postgres": database.check, "s3": objects.check, "engine": asked.check}
    ops = OpsServer(checks, host=settings.http_host, port=settings.http_port)

    async def prepare() -> None:
        await asked.load()
        await database.create([*INBOX_TABLES, *TASK_TABLES, Draft])
        await inbox.prepare()

    with work_folder(service.name, settings.work) as work:
        maker = Maker(service, choice, objects=objects, drafts=drafts, computer=engine, work=work)

        def worker() -> Worker[TaskLease]:
            """Has one task at a time; all share the engine's process."""
            ear = withdrawn.ear()
            runner = Runner(service, settings, queue=queue, log=log, objects=objects, maker=maker, withdrawn=ear)
            return Worker(queue, runner.work, wait=new.ear(), poll_s=settings.poll_s)

        workers = {f"worker {number}": worker() for number in range(1, settings.jobs + 1)}
        gauges = QueueGauges(database, service.step.value)
        bells = {"new": new.run, "withdrawn": withdrawn.run}
        counts = {"gauges": gauges.run, "lag": consumer.lag().run}
        parts = {"inbox": inbox.run, **bells, "drafts": drafts.run, **counts}
        try:
            cleanup_s = settings.engine_withdraw_s + CLEANUP_S
            await run_together(
                parts, workers, ops=ops.serve, prepare=prepare, grace_s=settings.grace_s, cleanup_s=cleanup_s
            )
        finally:
            await engine.kill()
            await consumer.close()
