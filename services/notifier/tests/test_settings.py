"""Settings as the environment gives them."""

from ipaddress import ip_network

import pytest
from aik_notifier.settings import NotifierSettings
from pydantic import ValidationError


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AIK_SECRET_KEY", "a long random text")
    return monkeypatch


def settings() -> NotifierSettings:
    return NotifierSettings()  # type: ignore[call-arg]  # the environment has it


def test_networks_and_ports_are_lists_with_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AIK_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8, ::1/128")
    environment.setenv("AIK_WEBHOOK_PORTS", "443,8443")
    found = settings()
    assert found.webhook_allowed_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert found.webhook_ports == (443, 8443)


def test_nothing_inside_is_allowed_unless_said(environment: pytest.MonkeyPatch) -> None:
    found = settings()
    assert (found.webhook_allowed_networks, found.webhook_ports) == ((), (443,))


def test_a_network_that_is_none_is_refused_at_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AIK_WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8")
    with pytest.raises(ValidationError):
        settings()


def test_the_public_url_has_no_slash_at_its_end(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AIK_PUBLIC_URL", "https://aik.example.com/")
    assert settings().public_url == "https://aik.example.com"


def test_a_try_takes_fifteen_seconds_at_most_unless_said_otherwise(environment: pytest.MonkeyPatch) -> None:
    assert settings().webhook_timeout_s == 15
