"""What the settings call a secret is none that an engine's process sees: it decodes strangers' files."""

from aik_service.engine_process.running import SECRET

from tests.contract.settings import secrets


def test_no_secret_reaches_the_process_of_an_engine() -> None:
    assert len(secrets()) > 5
    assert secrets() - SECRET == set()
