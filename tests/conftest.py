"""The servers that tests talk to: real ones, started once for the whole run, their data in a temporary folder."""

from collections.abc import Iterator, Mapping

import pytest
import structlog
from aik_local.testing import Servers, temporary_folder
from aik_service.settings import ObjectSettings
from pydantic import SecretStr


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Drawn with all local variables, they take seconds of a busy machine, and leases are lost meanwhile."""
    lines = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, lines])


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, str]]:
    """Kafka with our topics, Postgres and S3: what a service's environment says of them."""
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        yield servers.environment
        servers.stop()


@pytest.fixture(scope="session")
def kafka(servers: Mapping[str, str]) -> str:
    return servers["AIK_KAFKA"]


@pytest.fixture(scope="session")
def postgres(servers: Mapping[str, str]) -> str:
    """The URL of a database in which every test makes schemas of its own."""
    return servers["AIK_POSTGRES"]


@pytest.fixture(scope="session")
def s3(servers: Mapping[str, str]) -> ObjectSettings:
    return ObjectSettings(
        s3_endpoint=servers["AIK_S3_ENDPOINT"],
        s3_access_key=servers["AIK_S3_ACCESS_KEY"],
        s3_secret_key=SecretStr(servers["AIK_S3_SECRET_KEY"]),
        s3_bucket=servers["AIK_S3_BUCKET"],
        s3_region=servers["AIK_S3_REGION"],
    )
