"""A step service, the notifier, and the gateway with a client, on real Postgres; a test module may have its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_service.objects.memory import MemoryObjects

from tests.pipeline.gateway_stack import GatewayStack, made_gateway
from tests.pipeline.notifier_stack import Notifier, made_notifier
from tests.pipeline.stack import Stack, made_stack


@pytest.fixture
async def stack(postgres: str) -> AsyncIterator[Stack]:
    async with made_stack(postgres) as made:
        yield made


@pytest.fixture
async def notifier(postgres: str) -> AsyncIterator[Notifier]:
    async with made_notifier(postgres) as made:
        yield made


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made, made.projecting():
        yield made


@pytest.fixture
async def client(gateway: GatewayStack) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.api() as made:
        yield made
