"""The servers that tests talk to: real ones, the same for the whole run. tests/servers has who they can be."""

from collections.abc import Iterator, Mapping

import pytest
import structlog

from tests.servers import choice
from tests.servers.store import Store, store_of


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Drawn with all local variables, they take seconds of a busy machine, and leases are lost meanwhile."""
    lines = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, lines])


@pytest.fixture(scope="session")
def servers(environment_of_the_run: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Kafka, Postgres and S3, whichever were chosen: what a service's environment says of them."""
    with choice.running(environment_of_the_run) as servers:
        yield servers


@pytest.fixture(scope="session")
def near_servers(
    environment_of_the_run: Mapping[str, str], request: pytest.FixtureRequest
) -> Iterator[Mapping[str, str]]:
    """Servers that see this machine's addresses as they are: embedded ones, whatever was chosen."""
    if choice.chosen(environment_of_the_run) is choice.Choice.EMBEDDED:
        yield request.getfixturevalue("servers")
    else:
        with choice.embedded() as servers:
            yield servers


@pytest.fixture(scope="session")
def kafka(servers: Mapping[str, str]) -> str:
    return servers["AIK_KAFKA"]


@pytest.fixture(scope="session")
def postgres(servers: Mapping[str, str]) -> str:
    """The URL of a database in which every test makes schemas of its own."""
    return servers["AIK_POSTGRES"]


@pytest.fixture(scope="session")
def s3(servers: Mapping[str, str]) -> Store:
    return store_of(servers)


@pytest.fixture(scope="session")
def near_s3(near_servers: Mapping[str, str]) -> Store:
    """URLs can be bound to addresses of this machine there."""
    return store_of(near_servers)
