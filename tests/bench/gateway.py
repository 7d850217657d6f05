"""The gateway's own two processes beside real servers, and tracks told to the log: no step computes meanwhile."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from aik_events.ids import new_id
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.author import Author
from aik_events.testing.objects import artefact
from aik_local.testing import Servers, temporary_folder
from aik_lyrics import Karaoke, from_text, minted_by
from aik_lyrics.documents import untimed
from aik_service.objects import Objects

CLIENT_ID = "bench"
READY_WITHIN_S = 120.0
TEXT = "\n".join(f"It always seems like time stands still when I am with you {n}" for n in range(40))
"""40 lines of 13 words, as a song has."""


@contextmanager
def running_gateway(**settings: str) -> Iterator[Mapping[str, str]]:
    """The environment of both, with AIK_URL; `settings` are their environment variables."""
    with ExitStack() as stack:
        servers = Servers(stack.enter_context(temporary_folder()))
        servers.start()
        stack.callback(servers.stop)
        asyncio.run(create_topics(servers.environment["AIK_KAFKA"], replication=1))
        shared = {**servers.environment, "AIK_SECRET_KEY": "bench", **settings}
        for part in ("projector", "api"):
            shared["AIK_URL"] = f"http://127.0.0.1:{_free_port()}"
            stack.enter_context(_process(part, shared))
        yield shared


@contextmanager
def _process(part: str, environment: Mapping[str, str]) -> Iterator[None]:
    url = environment["AIK_URL"]
    command = [str(Path(sys.executable).with_name("aik-gateway")), part]
    heard = {**os.environ, **environment, "AIK_HTTP_PORT": url.rpartition(":")[2], "AIK_LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(command, env=heard, stdout=subprocess.DEVNULL)  # noqa: S603 (our own command line)
    try:
        _await_ready(url)
        yield
    finally:
        process.terminate()
        process.wait()


def _await_ready(url: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} was not ready within {READY_WITHIN_S} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def told_track(log: KafkaLog, objects: Objects, *, published: bool) -> str:
    """The id of a track of version 1, published or canceled; its lyrics are in the store."""
    author = Author(new_id("trk"), client=CLIENT_ID)
    lyrics = from_text(TEXT, minted_by(author.track), "en")
    document = f"tracks/{author.track}/lyrics/1.json"
    await objects.put(document, lyrics.to_json(), "application/json")
    events = [author.imported(lyrics=True, job_id=new_id("job")), *([] if published else [author.canceled()])]
    if published:
        files = {name: artefact(f"tracks/{author.track}/published/{name}") for name in ("minus.m4a", "karaoke.json")}
        karaoke: Karaoke = untimed(lyrics, author.track, 1, 180_000)
        await objects.put(files["karaoke.json"].key, karaoke.to_json(), "application/json")
        for step in ("separate", "align", "check", "publish"):
            about: dict[str, Any] = {"artefacts": files} if step == "publish" else {}
            events += [author.step_started(step), author.finished(step, **about)]
    for event in events:
        await log.append(event)
    return author.track
