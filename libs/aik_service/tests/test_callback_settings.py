"""What gateway and notifier must agree on, as the environment gives it."""

from ipaddress import ip_network

import pytest
from aik_service.callback_settings import CallbackSettings
from pydantic import ValidationError


def test_networks_and_ports_are_lists_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("AIK_WEBHOOK_PORTS", "443,8443")
    found = CallbackSettings()
    assert found.webhook_allowed_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert found.webhook_ports == (443, 8443)


def test_nothing_inside_is_allowed_unless_said() -> None:
    found = CallbackSettings()
    assert (found.webhook_allowed_networks, found.webhook_ports) == ((), (443,))


def test_a_network_that_is_none_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8")
    with pytest.raises(ValidationError):
        CallbackSettings()


def test_the_public_url_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_PUBLIC_URL", "https://aik.example.com/")
    assert CallbackSettings().public_url == "https://aik.example.com"
