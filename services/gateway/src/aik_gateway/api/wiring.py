"""What the endpoints are given: the gateway's parts, and who asks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from aik_service.network import Network
from fastapi import Depends, Header, Query, Request

from aik_gateway.api.caching import AnswerCache
from aik_gateway.caller import network_of
from aik_gateway.commands import Commands
from aik_gateway.documents import Documents
from aik_gateway.eta import Estimator, unheard
from aik_gateway.feeds import Feeds
from aik_gateway.multipart import Multiparts
from aik_gateway.presigning import Presigner
from aik_gateway.private.rate_limits import RateLimits
from aik_gateway.private.request_keys import RequestKeys
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tokens import Tokens
from aik_gateway.progress import Progress
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.settings import GatewaySettings
from aik_gateway.speeds import LearnedSpeeds

CLIENT_ID = "X-Client-Id"
IDEMPOTENCY_KEY = "Idempotency-Key"
CLIENT_ID_PATTERN = re.compile(r"^[A-Za-z0-9._:-]{1,128}$")


@dataclass(frozen=True)
class Gateway:
    settings: GatewaySettings
    read_model: ReadModel
    commands: Commands
    documents: Documents
    multiparts: Multiparts
    presigner: Presigner
    secrets: Secrets
    progress: Progress
    speeds: LearnedSpeeds
    clock: Callable[[], datetime]
    request_keys: RequestKeys
    tokens: Tokens
    rate_limits: RateLimits
    feeds: Feeds
    answers: AnswerCache = field(default_factory=AnswerCache)

    def estimator(self) -> Estimator:
        """With what is known now."""
        return Estimator(self.speeds.current, self.progress.of, self.clock())

    def estimator_at(self, moment: datetime) -> Estimator:
        """Right after an event, in whatever process and however long ago."""
        return Estimator(self.speeds.current, unheard, moment)


async def _gateway(request: Request) -> Gateway:
    # Async, like every dependency: FastAPI would run it in a thread of its own for each request.
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _caller(request: Request, gateway: Annotated[Gateway, Depends(_gateway)]) -> Network:
    peer = request.client.host if request.client else None
    return network_of(peer, request.headers.getlist("X-Forwarded-For"), gateway.settings.trusted_proxies)


Parts = Annotated[Gateway, Depends(_gateway)]
Caller = Annotated[Network, Depends(_caller)]
"""The network that the request came from."""
ClientId = Annotated[
    str, Header(alias=CLIENT_ID, pattern=CLIENT_ID_PATTERN.pattern, description="to whom everything belongs")
]
VersionNumber = Annotated[int | None, Query(ge=1, le=1_000_000_000)]
