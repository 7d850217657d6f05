"""Servers that somebody else runs for the tests: their addresses are in the environment."""

from collections.abc import Mapping

from aik_local.servers.s3 import REGION, ROLE

from tests.servers.errors import NotGiven

NEEDED = (
    "AIK_KAFKA",
    "AIK_POSTGRES",
    "AIK_S3_ENDPOINT",
    "AIK_S3_ACCESS_KEY",
    "AIK_S3_SECRET_KEY",
    "AIK_S3_BUCKET",
)
DEFAULTS = {"AIK_S3_REGION": REGION, "AIK_S3_ROLE_ARN": ROLE, "AIK_PRESIGN_BIND_IP": "false"}
VARIABLES = (*NEEDED, *DEFAULTS)


def given(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Raises NotGiven, which names every variable that is missing."""
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        raise NotGiven(", ".join(missing))
    needed = {name: environment[name] for name in NEEDED}
    return needed | {name: environment.get(name) or default for name, default in DEFAULTS.items()}
