"""A whole song on Kafka with ACLs, Postgres with roles and an object store with policies, all of them over TLS."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from io import StringIO
from pathlib import Path
from secrets import token_hex
from signal import SIGKILL, SIGTERM
from ssl import create_default_context

import httpx
from aik_gateway.private.roles import ROLES, role_of, set_up
from aik_local.child import end, spawn
from aik_local.credentials import Credentials
from aik_local.demo.client import KaraokeClient
from aik_local.demo.run import Wish, run_demo
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import answers_ok
from aik_local.processes import API, discovered
from aik_local.program import Probe, Program
from aik_local.servers import postgres, s3
from aik_local.testing import temporary_folder
from rich.console import Console
from sqlalchemy.engine import make_url

from tests.certificates import Authority
from tests.contract.secured_kafka import SecuredKafka, secured_kafka
from tests.tls_front import tls_front

IAM = Path(__file__).parents[2] / "k8s" / "s3" / "iam.json"
PATIENCE_S = 120


@asynccontextmanager
async def running(program: Program, log: Path) -> AsyncIterator[Process]:
    process = await spawn(program, log)
    try:
        yield process
    finally:
        await end(process, SIGTERM if program.name in discovered() else SIGKILL, grace_s=5)


async def until(ready: Probe) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                if await ready():
                    return
            except OSError:
                pass
            await asyncio.sleep(0.2)


class House:
    """The servers other than Kafka; `environment` is what one service is told, and no other."""

    def __init__(self, folder: Path) -> None:
        self.authority, layout = Authority(folder), Layout(folder)
        self.certificate, self.key = self.authority.certificate()
        self.ports, keys = Ports(layout.ports, {}), Credentials()
        iam = json.loads(IAM.read_text("utf-8").replace("@SIGNING@", keys.s3_signing_key))
        restricted = [s3.Restricted(each["name"], f"access-{each['name']}", token_hex(8)) for each in iam["policies"]]
        self._keys = {one.name: one for one in restricted}
        secured = s3.Secured(self.certificate, self.key, self.authority.file)
        self.store = s3.prepare(layout, self.ports, keys, restricted=restricted, iam=iam, secured=secured)
        self.postgres = postgres.prepare(layout, self.ports, keys)
        self.passwords = {role: token_hex(8) for role in ROLES}

    def environment(self, service: str, kafka: SecuredKafka, postgres_port: int) -> Mapping[str, str]:
        role = role_of(service)
        verified = {"sslmode": "verify-full", "sslrootcert": str(self.authority.file)}
        url = make_url(self.postgres.url).set(
            username=role, password=self.passwords[role], port=postgres_port, query=verified
        )
        told = {
            **kafka.environment(f"aik-{service}"),
            "AIK_POSTGRES": url.render_as_string(hide_password=False),
            "AIK_SECRET_KEY": "a key of this test alone",
            "AIK_HTTP_HOST": "127.0.0.1",
        }
        return told if service == "notifier" else {**told, **self._store(f"aik-{service}")}

    def _store(self, name: str) -> Mapping[str, str]:
        return {
            "AIK_S3_ENDPOINT": self.store.endpoint,
            "AIK_S3_ACCESS_KEY": self._keys[name].access_key,
            "AIK_S3_SECRET_KEY": self._keys[name].secret_key,
            "AIK_S3_CA": str(self.authority.file),
            "AIK_S3_ROLE_ARN": s3.ROLE,
        }


async def test_a_song_is_made_by_services_that_may_do_no_more_than_they_do(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        house = House(folder)
        kafka = await stack.enter_async_context(secured_kafka(stack.enter_context(temporary_folder())))
        for program in (house.store.program, house.postgres.program):
            await stack.enter_async_context(running(program, folder / f"{program.name}.out"))
            await until(program.ready)
        await asyncio.to_thread(set_up, house.postgres.url, house.passwords)
        inner = make_url(house.postgres.url).port
        assert inner is not None
        front = await stack.enter_async_context(tls_front(inner, house.certificate, house.key, postgres=True))
        addresses = {name: f"http://127.0.0.1:{house.ports.claim(name)}" for name in discovered()}
        for name, address in addresses.items():
            told = house.environment(name.partition("-")[0], kafka, front)
            command = (sys.executable, "-m", "aik_local.process", name)
            own = {"AIK_HTTP_PORT": address.rpartition(":")[2], "AIK_PUBLIC_URL": addresses[API]}
            program = Program(name, command, address, answers_ok(f"{address}/readyz"), {**os.environ, **told, **own})
            await stack.enter_async_context(running(program, folder / f"{name}.out"))
        for address in addresses.values():
            await until(answers_ok(f"{address}/readyz"))
        said = StringIO()
        assert await asyncio.to_thread(made, house, addresses[API], tmp_path, said), said.getvalue()


def made(house: House, api: str, out: Path, said: StringIO) -> bool:
    with httpx.Client(timeout=60, trust_env=False, verify=create_default_context(cafile=house.authority.file)) as http:
        return run_demo(Console(file=said), KaraokeClient(http, api), out, Wish())
