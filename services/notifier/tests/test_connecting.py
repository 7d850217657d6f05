"""Connecting: only to addresses that were checked, each resolved once."""

import httpcore
import pytest
from aik_notifier.transport import CheckedBackend
from aik_service.callback_url import AddressRefused, AddressRules

ANYWHERE = AddressRules()


class RefusingDialer(httpcore.AsyncNetworkBackend):
    """Notes where it is sent and goes nowhere."""

    def __init__(self) -> None:
        self.dialed: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialed.append(host)
        raise httpcore.ConnectError("nowhere")


async def test_a_name_that_changes_its_address_is_never_followed_inside() -> None:
    """Public at the first look, loopback at the second: each connection is checked with its own one look."""
    answers = [["1.1.1.1"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    dialer = RefusingDialer()
    backend = CheckedBackend("https", ANYWHERE, rebinding, dialer)
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("rebind.example.com", 443)
    with pytest.raises(AddressRefused):
        await backend.connect_tcp("rebind.example.com", 443)
    assert dialer.dialed == ["1.1.1.1"]


async def test_one_bad_address_among_good_ones_refuses_the_host() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["1.1.1.1", "10.0.0.1"]

    dialer = RefusingDialer()
    with pytest.raises(AddressRefused):
        await CheckedBackend("https", ANYWHERE, mixed, dialer).connect_tcp("mixed.example.com", 443)
    assert dialer.dialed == []


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["2606:4700::1111", "1.1.1.1"]

    dialer = RefusingDialer()
    with pytest.raises(httpcore.ConnectError):
        await CheckedBackend("https", ANYWHERE, two, dialer).connect_tcp("two.example.com", 443)
    assert dialer.dialed == ["2606:4700::1111", "1.1.1.1"]


async def test_a_host_without_an_address_is_not_found() -> None:
    async def none(host: str, port: int) -> list[str]:
        return []

    with pytest.raises(OSError, match="no address"):
        await CheckedBackend("https", ANYWHERE, none, RefusingDialer()).connect_tcp("none.example.com", 443)
