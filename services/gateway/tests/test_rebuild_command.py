"""What the command refuses before it touches anything."""

import pytest
from aik_gateway.main import app
from typer.testing import CliRunner


@pytest.mark.parametrize("other", ["--dry-run", "--json"])
def test_the_way_back_goes_alone_since_it_switches(other: str) -> None:
    refused = CliRunner().invoke(app, ["rebuild", "--back", other])
    assert (refused.exit_code, "--back goes alone" in refused.output) == (2, True)
