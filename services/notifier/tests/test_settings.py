"""Settings as the environment gives them."""

import pytest
from aik_notifier.settings import NotifierSettings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AIK_SECRET_KEY", "a long random text")
    return monkeypatch


def settings() -> NotifierSettings:
    return NotifierSettings()  # type: ignore[call-arg]  # the environment has it


def test_a_try_takes_fifteen_seconds_at_most_unless_said_otherwise(environment: pytest.MonkeyPatch) -> None:
    assert settings().webhook_timeout_s == 15
