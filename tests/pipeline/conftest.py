"""A step service on real Postgres."""

from collections.abc import AsyncIterator

import pytest

from tests.pipeline.stack import Stack, made_stack


@pytest.fixture
async def stack(postgres: str) -> AsyncIterator[Stack]:
    async with made_stack(postgres) as made:
        yield made
