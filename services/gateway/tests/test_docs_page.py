"""/docs works without a network, and runs no script but its own."""

import re
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest
from aik_gateway.api.docs_page import routes
from starlette.applications import Starlette


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes("AIK"))), base_url="http://api")


async def test_whatever_the_page_needs_is_served_beside_it(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 3
    for address in named:
        answer = await client.get(str(httpx.URL("http://api/docs").join(address)))
        assert (answer.status_code, answer.url.host, len(answer.content) > 100) == (200, "api", True)


async def test_its_policy_allows_its_own_script_alone(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    known = b64encode(sha256(script.encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{known}';" in policy
    assert "http" not in policy
