"""A step service, and the notifier, on real Postgres."""

from collections.abc import AsyncIterator

import pytest

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
