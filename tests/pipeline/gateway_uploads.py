"""A song of two parts, and an upload of it as a browser does it."""

from typing import Any

import httpx

PART = 5 << 20
SONG = bytes(range(256)) * (PART // 256) + b"the end"


async def started(client: httpx.AsyncClient, content: bytes = SONG) -> dict[str, Any]:
    body = {"filename": "Песня.WAV", "size": len(content), "partSize": PART, "contentType": "audio/wav"}
    answer = await client.post("/v1/uploads", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/uploads/{answer.json()['uploadId']}"
    return dict(answer.json())


async def send(parts: list[dict[str, Any]], content: bytes = SONG) -> list[dict[str, Any]]:
    """What the client saw of each part."""
    async with httpx.AsyncClient(trust_env=False) as http:
        seen = []
        for part in parts:
            start = (part["partNumber"] - 1) * PART
            answer = await http.put(part["url"], content=content[start : start + PART])
            assert answer.status_code == 200, answer.text
            seen.append({"partNumber": part["partNumber"], "etag": answer.headers["etag"]})
        return seen
