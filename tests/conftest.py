"""The servers that tests talk to: one of each, started once for the whole run."""

import os

import pytest


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a database in which every test makes schemas of its own."""
    return os.environ["AIK_TEST_POSTGRES"]
