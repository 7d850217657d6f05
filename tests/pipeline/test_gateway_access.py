"""Who may ask and how often: tokens of clients, and one budget of each client for all api processes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.private import tokens as private_tokens
from aik_gateway.private.rate_limits import SHARE, RateLimits
from aik_gateway.private.tokens import BELIEVED_S, LOOKS, Tokens
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from tests.pipeline.gateway_stack import GatewayStack, made_gateway

ORIGIN = "https://app.example.org"
LIMITS = "/v1/limits"


class Counting(Database):
    transactions = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        self.transactions += 1
        async with super().begin() as connection:
            yield connection


class Closed(Counting):
    """Transactions end when the gate is opened."""

    def __init__(self, postgres: str, schema: str) -> None:
        super().__init__(postgres, schema)
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with super().begin() as connection:
            await self.gate.wait()
            yield connection


class Seconds:
    """A monotonic clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made:
        yield made


@pytest.fixture
def tokens(gateway: GatewayStack) -> Tokens:
    return Tokens(gateway.private, gateway.clock)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def summary(answer: httpx.Response) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json()["code"], answer.headers.get("www-authenticate")


async def test_a_client_shows_a_token_of_its_own(gateway: GatewayStack, tokens: Tokens) -> None:
    mine, theirs = await tokens.create("cli", "browser"), await tokens.create("other", None)
    invalid = 'Bearer error="invalid_token"'
    async with gateway.api(tokens_required=True) as client:
        assert summary(await client.get(LIMITS)) == (401, "token-missing", "Bearer")
        assert summary(await client.get(LIMITS, headers={"Authorization": mine})) == (401, "token-missing", "Bearer")
        for wrong in (mine[:-1], mine + "a", "aik_0123456789ab_secret", "aik__", "x", mine.replace("aik", "xyz")):
            assert summary(await client.get(LIMITS, headers=bearer(wrong))) == (401, "token-unknown", invalid)
        assert summary(await client.get(LIMITS, headers=bearer(theirs))) == (403, "token-foreign", None)
        assert (await client.get(LIMITS, headers=bearer(mine))).status_code == 200
        assert (await client.get(LIMITS, headers={"Authorization": f"bearer {mine}"})).status_code == 200


async def test_with_tokens_off_none_is_looked_at(gateway: GatewayStack) -> None:
    async with gateway.api() as client:
        assert (await client.get(LIMITS, headers=bearer("anything"))).status_code == 200


async def test_streams_and_unknown_paths_need_a_token_too_and_operations_do_not(gateway: GatewayStack) -> None:
    async with gateway.api(tokens_required=True) as client:
        stream = await client.get("/v1/jobs/job_1/events", headers={"Accept": "text/event-stream"})
        assert stream.status_code == 401
        assert (await client.get("/v1/nowhere")).status_code == 401
        for path in ("/healthz", "/metrics", "/openapi.json", "/docs"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.get("/readyz")).status_code == 503, "nothing is folded here, which is no matter of tokens"
        assert (await client.options(LIMITS)).status_code == 204


async def test_a_refused_client_may_read_why_in_its_browser(gateway: GatewayStack) -> None:
    async with gateway.api(tokens_required=True, cors_origins=ORIGIN) as client:
        answer = await client.get(LIMITS, headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
        assert (await client.options(LIMITS, headers=asked)).status_code == 200


async def test_a_revoked_token_is_refused_within_seconds_everywhere(gateway: GatewayStack, tokens: Tokens) -> None:
    seconds = Seconds()
    elsewhere = Tokens(gateway.private, gateway.clock, seconds)
    token = await tokens.create("cli", None)
    assert await elsewhere.client_of(token) == "cli"
    [info] = await tokens.all()
    assert await tokens.revoke(info.id)
    seconds.now += BELIEVED_S - 0.1
    assert await elsewhere.client_of(token) == "cli"
    seconds.now += 0.1
    assert await elsewhere.client_of(token) is None
    [revoked] = await tokens.all()
    assert revoked.revoked_at is not None
    assert not await tokens.revoke("nobody")


def invented(count: int) -> list[str]:
    return [f"aik_{number:012x}_secret" for number in range(count)]


async def test_invented_tokens_are_looked_up_few_at_a_time(gateway: GatewayStack, postgres: str) -> None:
    database = Closed(postgres, gateway.private.schema)
    tokens = Tokens(database, gateway.clock)
    asked = [asyncio.ensure_future(tokens.client_of(token)) for token in invented(20)]
    async with asyncio.timeout(10):
        while database.transactions < LOOKS:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        assert database.transactions == LOOKS
        database.gate.set()
        assert await asyncio.gather(*asked) == [None] * 20
    await database.close()


async def test_invented_tokens_push_out_none_that_are_valid(
    gateway: GatewayStack, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_tokens, "MOST_BELIEVED", 4)
    database = Counting(postgres, gateway.private.schema)
    tokens = Tokens(database, gateway.clock, Seconds())
    token = await tokens.create("cli", None)
    for each in [token, *invented(8)]:
        await tokens.client_of(each)
    before = database.transactions
    assert await tokens.client_of(token) == "cli"
    assert database.transactions == before
    await database.close()


async def test_no_token_is_stored_or_logged(gateway: GatewayStack, tokens: Tokens) -> None:
    token = await tokens.create("cli", None)
    secret = token.rpartition("_")[2]
    with capture_logs() as logged:
        async with gateway.api(tokens_required=True) as client:
            await client.get(LIMITS, headers=bearer(token))
            await client.get(LIMITS, headers=bearer(token + "x"))
    async with gateway.private.begin() as connection:
        stored = list((await connection.execute(text("SELECT row_to_json(api_token) FROM api_token"))).scalars())
    assert secret not in str(stored)
    assert secret not in str(logged)
    assert secret not in str(await tokens.all())


async def test_an_answer_tells_what_is_left_until_it_is_used_up(gateway: GatewayStack) -> None:
    async with gateway.api(rate_limit_per_minute=3, cors_origins=ORIGIN) as client:
        answers = [await client.get(LIMITS, headers={"Origin": ORIGIN}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=3;w=60'}
        found = [re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["ratelimit"]) for answer in answers]
        left = [(int(one[1]), 1 <= int(one[2]) <= 60) for one in found if one is not None]
        assert left == [(2, True), (1, True), (0, True), (0, True)]
        refused = answers[-1]
        assert refused.json()["code"] == "rate-limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["access-control-allow-origin"] == ORIGIN
        other = await client.get(LIMITS, headers={"X-Client-Id": "other"})
        assert (other.status_code, other.json()["rate"]) == (200, {"maxRequests": 3, "windowMs": 60000})
        not_found = await client.get("/v1/nowhere", headers={"X-Client-Id": "third"})
        assert (not_found.status_code, "ratelimit" in not_found.headers) == (404, True)
        assert "ratelimit" not in (await client.get("/healthz")).headers


async def test_a_quota_of_zero_is_no_limit(gateway: GatewayStack) -> None:
    async with gateway.api(rate_limit_per_minute=0) as client:
        answer = await client.get(LIMITS)
        assert (answer.json()["rate"], "ratelimit" in answer.headers) == (None, False)


async def test_processes_together_never_give_out_more_than_the_quota_and_waste_little(
    gateway: GatewayStack, postgres: str
) -> None:
    """Each in blocks, so that most requests cost no row."""
    await clear_of_the_windows_end(gateway)
    database = Counting(postgres, gateway.private.schema)
    processes = [RateLimits(database, 1000) for _ in range(3)]
    # Two of them ask on until they are refused; the third one asks once, and keeps the rest of its block.
    first = await processes[2].take("cli")
    assert first is not None
    assert first.allowed
    given = 1
    refused: set[int] = set()
    while len(refused) < 2:
        for number in {0, 1} - refused:
            standings = await asyncio.gather(*(processes[number].take("cli") for _ in range(7)))
            allowed = sum(standing is not None and standing.allowed for standing in standings)
            given += allowed
            if allowed < 7:
                refused.add(number)
    assert 1000 - 1000 // SHARE < given <= 1000
    assert database.transactions < 150
    await database.close()


async def test_a_new_window_is_a_new_budget_and_an_old_block_counts_no_more(gateway: GatewayStack) -> None:
    await clear_of_the_windows_end(gateway)
    seconds = Seconds()
    limits = RateLimits(gateway.private, 40, seconds)
    first = await limits.take("cli")
    assert first is not None
    assert first.remaining == 39
    async with gateway.private.begin() as connection:
        await connection.execute(text("UPDATE rate_window SET number = number - 1, used = 40"))
    seconds.now += 60
    second = await limits.take("cli")
    assert second is not None
    assert (second.allowed, second.remaining) == (True, 39)


async def test_without_postgres_everybody_is_let_through_and_nobody_waits_twice() -> None:
    limits = RateLimits(Database("postgresql://127.0.0.1:1/none", "none"), 1)
    with capture_logs() as logged:
        assert [await limits.take("cli") for _ in range(20)] == [None] * 20
    assert [entry["event"] for entry in logged] == ["requests are not counted now"]


async def test_windows_of_long_ago_are_swept(gateway: GatewayStack) -> None:
    limits = RateLimits(gateway.private, 10)
    await limits.take("old")
    async with gateway.private.begin() as connection:
        await connection.execute(text("UPDATE rate_window SET number = number - 5"))
    await limits.take("new")
    assert (await limits.remove_expired(), await limits.remove_expired()) == (1, 0)


async def clear_of_the_windows_end(gateway: GatewayStack) -> None:
    """Counting within one window needs some seconds of it."""
    async with gateway.private.begin() as connection:
        left = (await connection.execute(text("SELECT 60 - extract(epoch FROM clock_timestamp()) % 60"))).scalar_one()
    if left < 8:
        await asyncio.sleep(float(left))
