"""The servers of docker-compose.yml as containers of this test run, by testcontainers: they end when it does."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import yaml
from aik_local.credentials import Credentials
from aik_local.servers.postgres import DATABASE, USER
from aik_local.servers.s3 import BUCKET, REGION, ROLE, configuration
from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy, LogMessageWaitStrategy

from tests.servers.errors import NoDocker

CHECKOUT = Path(__file__).parents[2]
KAFKA, POSTGRES, S3 = 9092, 5432, 8333
ADVERTISED = "/tmp/advertised"  # noqa: S108 (in the container)
WAITING = f'while [ ! -s {ADVERTISED} ]; do sleep 0.1; done; export KAFKA_ADVERTISED_LISTENERS="$(cat {ADVERTISED})"; '
START = "exec /etc/kafka/docker/run"
READY_WITHIN_S = 120
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@dataclass(frozen=True)
class Address:
    """Where Docker lets us reach a port of a container."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def check() -> None:
    """Raises NoDocker."""
    try:
        docker.from_env().ping()
    except DockerException as error:
        raise NoDocker(os.environ.get("DOCKER_HOST") or "the socket /var/run/docker.sock", error) from error


@contextmanager
def started() -> Iterator[Mapping[str, str]]:
    """Raises NoDocker; what testcontainers raises when an image can't be had or a server does not get ready."""
    check()
    keys = Credentials()
    with ExitStack() as stack:
        postgres = stack.enter_context(
            PostgresContainer(image("postgres"), POSTGRES, USER, keys.postgres_password, DATABASE)
        )
        s3 = stack.enter_context(object_store(keys))
        kafka = stack.enter_context(broker())
        tell_its_address(kafka)
        yield environment(address(kafka, KAFKA), address(postgres, POSTGRES), address(s3, S3), keys)


def environment(kafka: Address, postgres: Address, s3: Address, keys: Credentials) -> Mapping[str, str]:
    """The store sees whoever comes through a published port at an address of Docker's, so URLs are not bound to one."""
    return {
        "AIK_KAFKA": str(kafka),
        "AIK_POSTGRES": f"postgresql://{USER}:{keys.postgres_password}@{postgres}/{DATABASE}",
        "AIK_S3_ENDPOINT": f"http://{s3}",
        "AIK_S3_ACCESS_KEY": keys.s3_access_key,
        "AIK_S3_SECRET_KEY": keys.s3_secret_key,
        "AIK_S3_BUCKET": BUCKET,
        "AIK_S3_REGION": REGION,
        "AIK_S3_ROLE_ARN": ROLE,
        "AIK_PRESIGN_BIND_IP": "false",
    }


def broker() -> DockerContainer:
    """Waits for its address: Docker chooses the port when the container starts. testcontainers' own KafkaContainer
    does the same for images of Confluent alone.
    """
    container = DockerContainer(image("kafka")).with_exposed_ports(KAFKA)
    return container.with_envs(**broker_settings()).with_command(["sh", "-c", WAITING + START])


def broker_settings() -> Mapping[str, str]:
    """Those of docker-compose.yml; inside its container the broker finds itself at a listener of its own."""
    listeners = f"PLAINTEXT://:{KAFKA},BROKER://:9094,CONTROLLER://:9093"
    ours = {
        "KAFKA_LISTENERS": listeners,
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "BROKER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LOG_DIRS": "/tmp/kafka-logs",  # noqa: S108 (in the container; compose mounts a volume)
    }
    known = {name: expanded(str(value)) for name, value in composed("kafka")["environment"].items()} | ours
    return {name: value for name, value in known.items() if name != "KAFKA_ADVERTISED_LISTENERS"}


def tell_its_address(kafka: DockerContainer) -> None:
    kafka.copy_into_container(advertised(address(kafka, KAFKA)).encode(), ADVERTISED)
    started = LogMessageWaitStrategy(r"Kafka Server started").with_startup_timeout(READY_WITHIN_S)
    started.wait_until_ready(kafka)


def advertised(kafka: Address) -> str:
    return f"PLAINTEXT://{kafka},BROKER://localhost:9094"


def object_store(keys: Credentials) -> DockerContainer:
    container = DockerContainer(image("s3")).with_exposed_ports(S3).with_command(store_command())
    for name, content in configuration(keys).items():
        container.with_copy_into_container(content.encode(), f"/run/secrets/{name}")
    return container.waiting_for(HttpWaitStrategy(S3, "/healthz").with_startup_timeout(READY_WITHIN_S))


def store_command() -> list[str]:
    return [expanded(str(argument)) for argument in composed("s3")["command"]]


def image(service: str) -> str:
    return expanded(composed(service)["image"])


def expanded(text: str) -> str:
    """As compose reads it: a variable from the environment, or else what is written there."""
    return VARIABLE.sub(lambda found: os.environ.get(found[1]) or found[2], text)


def composed(service: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))["services"][service]
    return found


def address(container: DockerContainer, port: int) -> Address:
    return Address(container.get_container_host_ip(), container.get_exposed_port(port))
