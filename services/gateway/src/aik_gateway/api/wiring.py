"""What the endpoints are given: the gateway's parts, and who asks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aik_service.objects import Objects
from fastapi import Depends, Header, Query, Request

from aik_gateway.commands import Commands
from aik_gateway.multipart import Multiparts
from aik_gateway.presigning import Presigner
from aik_gateway.private.secrets import Secrets
from aik_gateway.problems import Problem
from aik_gateway.progress import Progress
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.settings import GatewaySettings

CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class Gateway:
    settings: GatewaySettings
    read_model: ReadModel
    commands: Commands
    objects: Objects
    multiparts: Multiparts
    presigner: Presigner
    secrets: Secrets
    progress: Progress
    clock: Callable[[], datetime]


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


def _client_id(x_client_id: Annotated[str | None, Header(description="to whom everything belongs")] = None) -> str:
    if x_client_id is None or not CLIENT_ID.fullmatch(x_client_id):
        raise Problem("client-id-required", "Send X-Client-Id: 1 to 128 of A-Z a-z 0-9 . _ : -")
    return x_client_id


Parts = Annotated[Gateway, Depends(_gateway)]
ClientId = Annotated[str, Depends(_client_id)]
VersionNumber = Annotated[int | None, Query(ge=1, le=1_000_000_000)]
