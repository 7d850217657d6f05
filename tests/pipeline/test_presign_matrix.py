"""Presigned URLs on the real store: whom they serve. Run with -s to see the tables."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.presigning import Presigner, Signed
from aik_gateway.sessions import BoundSessions
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_stack import GatewayStack, made_gateway

HERE, THERE = "127.0.0.1", "127.0.0.2"
"""Two addresses of one machine."""
PART = 5 << 20
SONG = bytes(PART + 1)
SPOOFED = {"X-Forwarded-For": HERE, "X-Real-IP": HERE, "Forwarded": f"for={HERE}"}
"""What a client at THERE says to be taken for HERE."""
MINUS, VOCALS, OTHER = (f"tracks/trk_matrix/{name}" for name in ("minus", "vocals", "other"))


@pytest.fixture
async def gateway(postgres: str, near_s3: ObjectSettings) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), S3Objects(near_s3), near_s3) as made, made.projecting():
        yield made


async def answer(method: str, url: str, source: str = HERE, **request: Any) -> int:
    """What the store answers to a client at this address."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
        return (await http.request(method, url, **request)).status_code


async def put(url: str, source: str = HERE, **headers: str) -> int:
    return await answer("PUT", url, source, content=SONG[:PART], headers=headers)


@asynccontextmanager
async def upload(gateway: GatewayStack, peer: str = HERE, **set_to: Any) -> AsyncIterator[dict[int, str]]:
    """The URLs of both parts of an upload that this peer has asked for, saying that it is somebody else."""
    async with gateway.api(peer=peer, **set_to) as client:
        body = {"filename": "a.wav", "size": len(SONG), "partSize": PART}
        started = await client.post("/v1/uploads", json=body, headers=SPOOFED)
        assert started.status_code == 201, started.text
        yield {part["partNumber"]: part["url"] for part in started.json()["parts"]}
        assert (await client.delete(f"/v1/uploads/{started.json()['uploadId']}")).status_code == 204


async def downloads(gateway: GatewayStack, ttl_s: int = 600) -> dict[str, Signed]:
    for key in (MINUS, VOCALS, OTHER):
        await gateway.objects.put(key, b"la la", "audio/flac")
    presigner = Presigner(BoundSessions(gateway.settings(), lambda: datetime.now(UTC)))
    return dict(await presigner.downloads({MINUS: None, VOCALS: "vocals"}, ttl_s, ip_network(f"{HERE}/32")))


def show(title: str, table: dict[str, int]) -> None:
    print(f"\n{title}")
    for row, status in table.items():
        print(f"  {row:<58}{status}")


async def test_a_part_url_serves_its_part_and_its_caller_alone(gateway: GatewayStack) -> None:
    async with upload(gateway) as urls:
        table = {
            "right address": await put(urls[1]),
            "other address": await put(urls[1], THERE),
            "other address, X-Forwarded-For at the store": await put(urls[1], THERE, **SPOOFED),
            "for another part": await put(urls[1].replace("partNumber=1", "partNumber=2")),
            "other key": await put(urls[1].replace("source.wav", "other.wav")),
            "other method: GET": await answer("GET", urls[1]),
            "other method: DELETE": await answer("DELETE", urls[1]),
        }
    show("URL of a part", table)
    assert table == dict.fromkeys(table, 403) | {"right address": 200}


async def test_a_download_url_serves_its_object_and_its_caller_alone(gateway: GatewayStack) -> None:
    signed = await downloads(gateway)
    minus, vocals = signed[MINUS].url, signed[VOCALS].url
    table = {
        "right address": await answer("GET", minus),
        "right address, another file of the same grant": await answer("GET", vocals),
        "right address, a range": await answer("GET", minus, headers={"Range": "bytes=0-1"}),
        "other address": await answer("GET", minus, THERE),
        "other address, X-Forwarded-For at the store": await answer("GET", minus, THERE, headers=SPOOFED),
        "other key": await answer("GET", minus.replace(MINUS, OTHER)),
        "other key of the same grant, not signed for it": await answer("GET", minus.replace(MINUS, VOCALS)),
        "other method: PUT": await answer("PUT", minus, content=b"x"),
        "other method: DELETE": await answer("DELETE", minus),
        "without the session's token": await answer("GET", minus.replace("X-Amz-Security-Token", "X-Amz-Other")),
    }
    show("URL of a download", table)
    good = {"right address": 200, "right address, another file of the same grant": 200, "right address, a range": 206}
    assert table == dict.fromkeys(table, 403) | good


async def test_what_the_session_does_not_allow_its_keys_cannot_sign(gateway: GatewayStack) -> None:
    """Whoever had the session's secret could do no more than its URLs do."""
    sessions = BoundSessions(gateway.settings(), lambda: datetime.now(UTC))
    await gateway.objects.put(OTHER, b"la la", "audio/flac")
    await gateway.objects.put(MINUS, b"la la", "audio/flac")
    signer = await sessions.signer("s3:GetObject", [MINUS], ip_network(f"{HERE}/32"), 600)
    table = {
        "what it allows": await answer("GET", signer.signed("GET", MINUS, 60, {}).url),
        "another object": await answer("GET", signer.signed("GET", OTHER, 60, {}).url),
        "another action": await answer("PUT", signer.signed("PUT", MINUS, 60, {}).url, content=b"x"),
    }
    show("The session itself", table)
    assert table == {"what it allows": 200, "another object": 403, "another action": 403}


async def test_an_expired_url_serves_nobody(gateway: GatewayStack) -> None:
    signed = (await downloads(gateway, ttl_s=1))[MINUS]
    while datetime.now(UTC) <= signed.expires_at:
        await asyncio.sleep(0.1)
    table = {"expired": await answer("GET", signed.url)}
    show("URL of a download, after its time", table)
    assert table == {"expired": 403}


async def test_the_gateway_binds_to_the_peer_and_believes_trusted_proxies_alone(gateway: GatewayStack) -> None:
    """The caller at THERE asks for URLs and says to be HERE."""
    async with upload(gateway, THERE) as untrusted, upload(gateway, THERE, trusted_proxies=f"{THERE}/32") as trusted:
        table = {
            "through an untrusted proxy, used from where it said": await put(untrusted[1]),
            "through an untrusted proxy, used from its own address": await put(untrusted[1], THERE),
            "through a trusted proxy, used from where it said": await put(trusted[1]),
            "through a trusted proxy, used from the proxy's address": await put(trusted[1], THERE),
        }
    show("X-Forwarded-For at the gateway", table)
    assert list(table.values()) == [403, 200, 200, 403]


async def test_unbound_a_url_serves_every_address(gateway: GatewayStack) -> None:
    async with upload(gateway, presign_bind_ip="off") as urls:
        table = {"right address": await put(urls[1]), "other address": await put(urls[1], THERE)}
    show("AIK_PRESIGN_BIND_IP=off", table)
    assert list(table.values()) == [200, 200]
