"""What compose/secrets.sh makes: keys and passwords with which each service does what it does, and nothing else."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from aik_events.pipeline import Step
from aik_events.topics import STEP_SERVICES
from aik_gateway.bucket import set_up
from aik_gateway.main import app
from aik_gateway.private.roles import ROLES, SERVICES, role_of
from aik_gateway.sessions import BoundSessions
from aik_gateway.settings import BucketSettings, GatewaySettings
from aik_local.child import spawn
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import answers_ok
from aik_local.program import Program
from aik_local.testing import temporary_folder
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
IN_STORE = ("gateway", *STEP_SERVICES)
OWN = {
    "gateway": "assets/ast_1/source.wav",
    **{
        service: f"tracks/trk_1/artefacts/{step}/0a/1-b/made.json"
        for service, step in zip(STEP_SERVICES, Step, strict=True)
    },
}
PATIENCE_S = 60
NAME = "aik_of_compose"


def make(folder: Path) -> None:
    """As the container does, but for whom the files belong to: that takes root."""
    stand_ins = folder / "bin"
    stand_ins.mkdir(exist_ok=True)
    (stand_ins / "chown").write_text("#!/bin/sh\n")
    (stand_ins / "chown").chmod(0o755)
    command: tuple[str | Path, ...] = ("/bin/sh", ROOT / "compose/secrets.sh", folder, ROOT / "k8s/s3/iam.json")
    subprocess.run(command, check=True, env={"PATH": f"{stand_ins}:{os.environ['PATH']}"})  # noqa: S603 (our own script)


@pytest.fixture(scope="module")
def secrets() -> Iterator[Path]:
    with temporary_folder() as folder:
        make(folder)
        yield folder


def written(secrets: Path, name: str) -> dict[str, str]:
    """By variable."""
    return {path.name: path.read_text() for path in (secrets / name).iterdir() if path.name.startswith("AIK_")}


def mounted(service: str) -> str:
    [volume] = [each for each in COMPOSE[service]["volumes"] if isinstance(each, dict) and each["type"] == "volume"]
    return str(volume["volume"]["subpath"])


def test_every_folder_that_compose_mounts_is_made_and_no_other(secrets: Path) -> None:
    used = {mounted(name) for name, service in COMPOSE.items() if "subpath" in str(service.get("volumes"))}
    assert {path.name for path in secrets.iterdir() if path.is_dir()} - {"bin"} == used


def test_nobody_else_may_read_what_is_made_and_it_is_made_once(secrets: Path) -> None:
    files = {path: path.read_bytes() for path in secrets.rglob("*") if path.is_file() and path.parent.name != "bin"}
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    make(secrets)
    assert {path: path.read_bytes() for path in files} == files


def test_no_two_services_have_the_same_key_or_password(secrets: Path) -> None:
    values = [
        value for service in SERVICES for name, value in written(secrets, service).items() if name != "AIK_SECRET_KEY"
    ]
    assert len(values) == len(set(values))
    assert written(secrets, "gateway")["AIK_SECRET_KEY"] == written(secrets, "notifier")["AIK_SECRET_KEY"]


@pytest.fixture
def database(postgres: str, secrets: Path) -> Iterator[str]:
    """A database of this test's own, after `aik-gateway roles` was run on it as compose runs it."""
    url = make_url(postgres).set(database=NAME).render_as_string(hide_password=False)
    command = [str(secrets / "owner") if part == "/run/secrets" else part for part in COMPOSE["roles"]["command"]]
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
        result = CliRunner().invoke(app, command, env={"AIK_POSTGRES": url})
        assert result.exit_code == 0, result.output
        yield url
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        for role in ROLES:
            connection.execute(f"DROP ROLE {role}")


def test_each_service_logs_in_as_its_own_role(database: str, secrets: Path) -> None:
    assert (
        make_url(written(secrets, "owner")["AIK_POSTGRES"]).username
        == COMPOSE["postgres"]["environment"]["POSTGRES_USER"]
    )
    for service in SERVICES:
        own = make_url(written(secrets, mounted_of(service))["AIK_POSTGRES"])
        here = make_url(database).set(username=own.username, password=own.password)
        with psycopg.connect(here.render_as_string(hide_password=False)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role_of(service),)


def mounted_of(service: str) -> str:
    return mounted(service if service in COMPOSE else f"{service}-api")


@dataclass(frozen=True)
class Store:
    endpoint: str
    secrets: Path

    def told(self, name: str, **others: Any) -> dict[str, Any]:
        keys = written(self.secrets, name)
        named = {"s3_access_key": keys["AIK_S3_ACCESS_KEY"], "s3_secret_key": keys["AIK_S3_SECRET_KEY"]}
        return {"s3_endpoint": self.endpoint, **named, **others}

    async def lets(self, name: str, key: str) -> bool:
        objects = S3Objects(ObjectSettings.model_validate(self.told(name)))
        try:
            await objects.put(key, b"{}", "application/json")
        except ObjectsUnavailable as error:
            if "403" not in str(error) and "Access" not in str(error):
                raise
            return False
        return True


@pytest.fixture(scope="module")
def store(secrets: Path) -> Iterator[Store]:
    """The object store as compose starts it, with what was made."""
    with temporary_folder() as folder, asyncio.Runner() as runner:
        ports = Ports(Layout(folder).ports, {})
        port = ports.claim("s3", paired=True)
        (folder / "data").mkdir()
        here = {"-dir": folder / "data", "-s3.port": port}
        here |= {"-s3.config": secrets / "s3/s3.json", "-s3.iam.config": secrets / "s3/iam.json"}
        here |= {f"-{part}.port": ports.claim(part, paired=True) for part in ("admin", "master", "volume", "filer")}
        here |= {"-ip": "127.0.0.1", "-ip.bind": "127.0.0.1"}
        options = {**dict(part.split("=") for part in COMPOSE["s3"]["command"][1:]), **here}
        command = (str(Path(sys.executable).with_name("weed")), "mini", *(f"{k}={v}" for k, v in options.items()))
        endpoint = f"http://127.0.0.1:{port}"
        program = Program("s3", command, endpoint, answers_ok(f"{endpoint}/healthz"), {"GOMEMLIMIT": "256MiB"})
        process = runner.run(spawn(program, folder / "s3.out"))
        store = Store(endpoint, secrets)
        runner.run(set_up_by_the_operator(program, store))
        yield store
        process.kill()
        runner.run(process.wait())


async def set_up_by_the_operator(program: Program, store: Store) -> None:
    settings = BucketSettings.model_validate(store.told(mounted("bucket"), cors_origins="https://aik.example"))
    async with asyncio.timeout(PATIENCE_S):
        while not await program.ready():
            await asyncio.sleep(0.2)
        while True:
            try:
                return await asyncio.to_thread(set_up, settings)
            except ObjectsUnavailable:
                await asyncio.sleep(0.5)


@pytest.mark.parametrize("service", IN_STORE)
async def test_a_service_writes_its_own_objects_alone(store: Store, service: str) -> None:
    may = {key for key in OWN.values() if await store.lets(mounted_of(service), key)}
    assert may == (set(OWN.values()) if service == "gateway" else {OWN[service]})


@pytest.mark.parametrize("service", IN_STORE)
async def test_the_gateway_alone_begins_sessions_for_presigned_urls(store: Store, service: str) -> None:
    role = COMPOSE["gateway-api"]["environment"]["AIK_S3_ROLE_ARN"]
    about = store.told(mounted_of(service), s3_role_arn=role, secret_key="secret")
    sessions = BoundSessions(GatewaySettings.model_validate(about), lambda: datetime.now(UTC))
    if service == "gateway":
        await sessions.check()
    else:
        with pytest.raises(ObjectsUnavailable, match="403"):
            await sessions.check()


def test_the_store_knows_every_policy_s_name_and_nobody_without_one(secrets: Path) -> None:
    policies = {each["name"] for each in json.loads((secrets / "s3/iam.json").read_text())["policies"]}
    identities = json.loads((secrets / "s3/s3.json").read_text())["identities"]
    assert {(one["name"], *one["policyNames"], *one["actions"]) for one in identities} == {
        (name, name) for name in policies - {"aik-presign"}
    }
