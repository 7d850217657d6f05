"""The api's process: its parts, put together."""

import asyncio

import httpx
import uvicorn
from aik_events.log.kafka import KafkaLog
from aik_service.clock import utc_now
from aik_service.database import Database
from aik_service.objects.s3 import S3Objects
from aik_service.process import run_together
from fastapi import FastAPI

from aik_gateway.api.app import create_app
from aik_gateway.api.wiring import Gateway
from aik_gateway.commands import Commands
from aik_gateway.documents import Documents
from aik_gateway.feeds import Feeds
from aik_gateway.multipart import TIMEOUT, S3Multiparts
from aik_gateway.presigning import OwnSigner, Presigner, Unbound
from aik_gateway.private.expiry import remove_expired
from aik_gateway.private.migrate import migrate
from aik_gateway.private.rate_limits import RateLimits
from aik_gateway.private.request_keys import RequestKeys
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.private.tokens import Tokens
from aik_gateway.progress import Progress
from aik_gateway.readmodel.fitting import make_ready
from aik_gateway.readmodel.generations import Generations, served_database
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.readmodel.version import SCHEMA
from aik_gateway.serving import serve
from aik_gateway.sessions import BoundSessions
from aik_gateway.settings import GatewaySettings
from aik_gateway.speeds import LearnedSpeeds
from aik_gateway.verdicts import Verdicts


async def run(settings: GatewaySettings) -> None:
    """Serves until SIGTERM."""
    postgres = settings.postgres.get_secret_value()
    database, private = served_database(postgres, PRIVATE, pool_size=10), Database(postgres, PRIVATE)
    generations = Generations(private, SCHEMA, utc_now)
    log = KafkaLog(settings, client_id="aik-gateway-api")
    objects, sessions = S3Objects(settings), BoundSessions(settings, utc_now)
    sealer = settings.sealer()
    read_model = ReadModel(database)
    verdicts = Verdicts(database, read_model.verdict)
    feeds = Feeds(database, read_model.newest_told)
    progress = Progress(log, told=feeds.heard)
    speeds = LearnedSpeeds(read_model)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=settings.s3_tls()) as http:
        gateway = Gateway(
            settings=settings,
            read_model=read_model,
            commands=Commands(log, verdicts, wait_s=settings.verdict_wait_s),
            documents=Documents(objects),
            multiparts=S3Multiparts(OwnSigner(settings), http),
            presigner=Presigner(
                sessions if settings.presign_bind_ip else Unbound(OwnSigner(settings.public_objects()))
            ),
            secrets=Secrets(private, sealer, utc_now),
            progress=progress,
            speeds=speeds,
            clock=utc_now,
            request_keys=RequestKeys(private, sealer, utc_now),
            tokens=Tokens(private, utc_now),
            rate_limits=RateLimits(private, settings.rate_limit_per_minute),
            feeds=feeds,
        )
        checks = {
            "kafka": log.identity,
            "postgres": database.check,
            "s3": objects.check,
            "read-model": read_model.check,
        }
        if settings.presign_bind_ip:
            checks["sts"] = sessions.check
        config = _served(create_app(gateway, checks), settings)

        async def prepare() -> None:
            await asyncio.to_thread(migrate, postgres)
            await make_ready(database, generations)

        try:
            removals = (gateway.request_keys.remove_expired, gateway.rate_limits.remove_expired)
            background = {
                "verdicts": verdicts.run,
                "progress": progress.run,
                "speeds": speeds.run,
                "feeds": feeds.run,
                "generations": generations.watch,
                "expiry": lambda: remove_expired(removals),
            }
            await run_together(background, ops=lambda: serve(config), prepare=prepare)
        finally:
            await log.close()
            await database.close()
            await private.close()


def _served(app: FastAPI, settings: GatewaySettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        lifespan="off",
        proxy_headers=False,  # whom to believe is caller.py's to say
        server_header=False,
    )
