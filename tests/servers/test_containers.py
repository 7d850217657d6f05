"""What testcontainers asks Docker for, and what is made of what Docker reports; servers themselves need a real one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from aik_local.servers.s3 import ROLE
from sqlalchemy.engine import make_url

from tests.servers.containers import composed
from tests.servers.fake_docker import Container, FakeDocker, fake_docker

SCRIPT = """\
import json
from tests.servers.containers import started
with started() as told:
    print(json.dumps(dict(told)))
"""


def ran(docker: str, script: str = SCRIPT) -> subprocess.CompletedProcess[str]:
    settings = {"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_CONNECTION_MODE": "docker_host"}
    told = {**os.environ, **settings, "DOCKER_HOST": docker}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=told, text=True, capture_output=True, check=False, timeout=60)  # noqa: S603


@pytest.fixture(scope="module")
def run() -> Iterator[tuple[FakeDocker, Mapping[str, str]]]:
    """The daemon that was asked, and what a service's environment then says."""
    with fake_docker() as docker:
        done = ran(f"tcp://{docker.address}")
        assert done.returncode == 0, done.stderr
        yield docker, json.loads(done.stdout)


@pytest.fixture(scope="module")
def docker(run: tuple[FakeDocker, Mapping[str, str]]) -> FakeDocker:
    return run[0]


@pytest.fixture(scope="module")
def told(run: tuple[FakeDocker, Mapping[str, str]]) -> Mapping[str, str]:
    return run[1]


def test_the_images_are_those_of_compose(docker: FakeDocker) -> None:
    versions = {str(one.asked["Image"]) for one in docker.containers.values()}
    assert {name.partition(":")[0] for name in versions} == {"apache/kafka", "postgres", "chrislusf/seaweedfs"}
    assert not any("$" in name for name in versions)


def test_the_addresses_are_those_that_docker_reports(docker: FakeDocker, told: Mapping[str, str]) -> None:
    url = make_url(told["AIK_POSTGRES"])
    assert told["AIK_KAFKA"] == f"{url.host}:{url.port}" == docker.address
    assert told["AIK_S3_ENDPOINT"] == f"http://{docker.address}"


def test_the_variables_are_those_of_every_choice(servers: Mapping[str, str], told: Mapping[str, str]) -> None:
    assert told.keys() - {"AIK_MODELS"} == servers.keys() - {"AIK_MODELS"}


def test_kafka_learns_the_address_that_clients_know_it_by_after_it_was_started(docker: FakeDocker) -> None:
    kafka = docker.of("apache/kafka")
    assert kafka.did == ["started", "got /tmp/advertised", "removed"]
    advertised = listeners(kafka.files["/tmp/advertised"])  # noqa: S108 (in the container)
    assert advertised["PLAINTEXT"] == docker.address
    assert advertised[kafka.environment["KAFKA_INTER_BROKER_LISTENER_NAME"]].startswith("localhost:")
    bound = listeners(kafka.environment["KAFKA_LISTENERS"])
    controller = kafka.environment["KAFKA_CONTROLLER_LISTENER_NAMES"]
    assert bound.keys() == advertised.keys() | {controller}
    assert kafka.environment["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"1@localhost{bound[controller]}"
    assert "KAFKA_ADVERTISED_LISTENERS" not in kafka.environment
    assert "/tmp/advertised" in kafka.asked["Cmd"][-1]  # noqa: S108
    assert kafka.environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def listeners(text: str) -> dict[str, str]:
    """The address of each by its name."""
    return dict(one.split("://") for one in text.split(","))


def test_the_store_has_its_keys_before_it_starts_where_its_command_looks(
    docker: FakeDocker, told: Mapping[str, str]
) -> None:
    store = docker.of("chrislusf/seaweedfs")
    assert store.did == ["got /run/secrets/s3.json", "got /run/secrets/iam.json", "started", "removed"]
    assert store.asked["Cmd"] == composed("s3")["command"]
    assert all(any(word.endswith(f"={path}") for word in store.asked["Cmd"]) for path in store.files)
    [identity] = read(store, "s3.json")["identities"]
    keys = {"accessKey": told["AIK_S3_ACCESS_KEY"], "secretKey": told["AIK_S3_SECRET_KEY"]}
    assert identity["credentials"] == [keys]
    assert [role["roleArn"] for role in read(store, "iam.json")["roles"]] == [told["AIK_S3_ROLE_ARN"]] == [ROLE]


def read(store: Container, name: str) -> Any:
    return json.loads(store.files[f"/run/secrets/{name}"])


def test_postgres_has_the_password_and_the_database_of_its_url(docker: FakeDocker, told: Mapping[str, str]) -> None:
    url, postgres = make_url(told["AIK_POSTGRES"]), docker.of("postgres").environment
    found = postgres["POSTGRES_USER"], postgres["POSTGRES_PASSWORD"], postgres["POSTGRES_DB"]
    assert found == (url.username, url.password, url.database)


def test_without_docker_the_sentence_names_what_is_missing() -> None:
    done = ran("tcp://127.0.0.1:9", "from tests.servers.containers import check; check()")
    assert done.stderr.splitlines()[-1].startswith(
        "tests.servers.errors.NoDocker: AIK_TEST_SERVERS=containers needs Docker, and none answers at tcp://127.0.0.1:9:"
    )
