"""Real Kafka, Postgres and S3: started, stopped, continued, and never left behind."""

import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from aik_local.cli import app
from aik_local.layout import Layout
from aik_local.state import SuiteState, load
from aik_local.testing import Servers, temporary_folder
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from minio import Minio
from typer.testing import CliRunner


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One folder for all tests of this file, so that its data is made once."""
    with temporary_folder() as folder:
        yield folder


def started(folder: Path) -> Servers:
    servers = Servers(folder)
    servers.start()
    return servers


def family(state: SuiteState) -> list[psutil.Process]:
    """The supervisor, the servers and what they started."""
    identities = [state.supervisor, *(process.identity for process in state.processes)]
    found = [identity.process() for identity in identities if identity]
    return list({member for one in found if one for member in (one, *one.children(recursive=True))})


def s3_client(servers: Servers) -> Minio:
    told = servers.environment
    address = told["AIK_S3_ENDPOINT"].removeprefix("http://")
    keys = told["AIK_S3_ACCESS_KEY"], told["AIK_S3_SECRET_KEY"]
    return Minio(address, *keys, secure=False, region=told["AIK_S3_REGION"])


async def topics(servers: Servers, *new: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.environment["AIK_KAFKA"])
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1) for name in new])
        return sorted(await admin.list_topics())
    finally:
        await admin.close()


async def test_a_second_start_on_the_same_data_continues_where_it_was(folder: Path) -> None:
    servers = started(folder)
    told = servers.environment
    running = family(load(servers.layout.state))
    await topics(servers, "song")
    with psycopg.connect(told["AIK_POSTGRES"]) as database:
        database.execute("CREATE TABLE song (title text)")
        database.execute("INSERT INTO song VALUES ('Slow Motion Dream')")
    s3_client(servers).put_object("aik", "song", io.BytesIO(b"la la"), 5)
    servers.stop()
    assert psutil.wait_procs(running, timeout=5)[1] == []

    port = int(told["AIK_KAFKA"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        servers = started(folder)
    moved = servers.environment
    try:
        assert "song" in await topics(servers)
        with psycopg.connect(moved["AIK_POSTGRES"]) as database:
            assert database.execute("SELECT title FROM song").fetchall() == [("Slow Motion Dream",)]
        assert s3_client(servers).get_object("aik", "song").read() == b"la la"
        other = int(moved["AIK_KAFKA"].rpartition(":")[2])
        assert moved == {**told, "AIK_KAFKA": f"127.0.0.1:{other}"}
        assert load(servers.layout.state).notes == (f"port {port} is taken: kafka listens on {other} instead",)
    finally:
        servers.stop()


def test_down_ends_what_a_killed_supervisor_left_behind(folder: Path) -> None:
    servers = started(folder)
    state = load(servers.layout.state)
    running = family(state)
    assert state.supervisor is not None
    psutil.Process(state.supervisor.pid).kill()
    servers.stop()
    assert len([process for process in running if process.is_running()]) == len(running) - 1

    answer = CliRunner().invoke(app, ["down", "--root", str(folder)])
    assert (answer.exit_code, answer.stdout.count("left behind")) == (0, 3)
    assert psutil.wait_procs(running, timeout=5)[1] == []


def test_the_servers_end_with_the_process_that_started_them_however_it_ends(folder: Path) -> None:
    script = f"import sys, pathlib, aik_local.testing as t\nt.Servers(pathlib.Path({str(folder)!r})).start()\n"
    owner = subprocess.Popen(  # noqa: S603 (our own command line)
        [sys.executable, "-c", script + "print('up', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    running = family(load(Layout(folder).state))
    owner.kill()
    owner.communicate()
    assert len(running) >= 4
    assert psutil.wait_procs(running, timeout=20)[1] == []
