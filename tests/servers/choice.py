"""Which servers the tests use: one environment variable says it, and all give the same variables."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from aik_local.testing import Servers, temporary_folder

from tests.servers import external
from tests.servers.errors import OnlyOneAtATime, UnknownChoice

VARIABLE = "AIK_TEST_SERVERS"
ALWAYS_EMBEDDED = (
    "tests/e2e",
    "tests/faults/test_faults.py",
    "tests/contract/test_kafka_killed.py",
    "tests/contract/test_kafka_secured.py",
    "tests/pipeline/test_s3_secured.py",
    "tests/pipeline/test_presign_matrix.py",
    "libs/aik_local/tests",
    "the second stack of tests/pipeline/test_bundle.py",
)
"""They start, kill or configure servers themselves, or need a store that sees the addresses of this machine."""


class Choice(StrEnum):
    EMBEDDED = "embedded"
    CONTAINERS = "containers"
    EXTERNAL = "external"


def chosen(environment: Mapping[str, str]) -> Choice:
    """Raises UnknownChoice."""
    wanted = environment.get(VARIABLE) or Choice.EMBEDDED
    if wanted not in list(Choice):
        raise UnknownChoice(wanted, " or ".join(Choice))
    return Choice(wanted)


def check(environment: Mapping[str, str], workers: int) -> None:
    """Before any test: raises CannotTest when it can be seen already that there will be no servers."""
    match chosen(environment):
        case Choice.CONTAINERS:
            from tests.servers import containers  # loads Docker's client

            containers.check()
        case Choice.EXTERNAL:
            external.given(environment)
            if workers > 1:
                raise OnlyOneAtATime


def taken_out(environment: Mapping[str, str]) -> Collection[str]:
    """The variables that are for `running` alone."""
    external_ones = external.VARIABLES if chosen(environment) is Choice.EXTERNAL else ()
    return [name for name in external_ones if name in environment]


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """What a service's environment says of the chosen servers, and AIK_PRESIGN_BIND_IP.

    That is "false" where the store may see this machine at another address than its own. Raises CannotTest.
    """
    match chosen(environment):
        case Choice.EMBEDDED:
            with embedded() as told:
                yield told
        case Choice.CONTAINERS:
            from tests.servers import containers, marks  # load Docker's client and the gateway

            with containers.started() as told:
                marks.make_ready(told)
                yield told
        case Choice.EXTERNAL:
            from tests.servers import marks  # loads the gateway

            told = external.given(environment)
            marks.take_over(told)
            yield told


@contextmanager
def embedded() -> Iterator[Mapping[str, str]]:
    """Servers that end with this process, their data in a temporary folder."""
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        try:
            yield {**servers.environment, "AIK_PRESIGN_BIND_IP": "true"}
        finally:
            servers.stop()
