"""Which URLs and addresses are refused."""

from ipaddress import ip_network

import httpcore
import pytest
from aik_notifier.address import AddressRefused, AddressRules, Target, target_of
from aik_notifier.transport import CheckedBackend, system_resolver

ANYWHERE = AddressRules()
INSIDE = AddressRules(allowed=[ip_network("127.0.0.0/8"), ip_network("fd00::/8")])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",  # noqa: S104 (nothing is bound to it)
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001::1",
        "3fff::1",
        "2001:db8::1",
        "100::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "4000::1",
    ],
)
def test_an_address_that_is_not_global_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        ANYWHERE.check("https", address, 443)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"]
)
def test_a_global_address_is_connected_to_as_it_was_checked(address: str) -> None:
    assert ANYWHERE.check("https", address, 443) == address


@pytest.mark.parametrize(("scheme", "port"), [("http", 443), ("https", 80), ("https", 22), ("https", 0)])
def test_outside_only_https_on_the_ports_of_the_setting(scheme: str, port: int) -> None:
    with pytest.raises(AddressRefused):
        ANYWHERE.check(scheme, "1.1.1.1", port)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "fd00::1"])
def test_in_an_allowed_network_everything_may_be_called(address: str) -> None:
    assert INSIDE.check("http", address, 8081) == address


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "169.254.169.254"])
def test_an_allowed_network_opens_no_other(address: str) -> None:
    with pytest.raises(AddressRefused):
        INSIDE.check("http", address, 8081)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/_GET",
        "unix:///var/run/docker.sock",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://:secret@127.0.0.1/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://[::1/",
        "https://hooks.example.com\r\nx-evil: 1/",
        "https://hooks.example.com/\r\nx-evil: 1",
        "https://\x00.example.com/",
        "https://xn--/",
    ],
)
def test_a_url_that_could_never_be_called_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        target_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://0/",
        "https://127.0.0.1./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::127.0.0.1]/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://%31%32%37.0.0.1/",
    ],
)
async def test_no_way_of_writing_loopback_is_dialed(url: str) -> None:
    """Through the real resolver: whatever it makes of the host, nothing inside is connected to."""
    dialer = RefusingDialer()
    backend = CheckedBackend("https", ANYWHERE, system_resolver, dialer)
    with pytest.raises((AddressRefused, OSError, ValueError)):
        await backend.connect_tcp(target_of(url).host, 443)
    assert dialer.dialed == []


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


def test_a_url_is_taken_apart_once() -> None:
    assert target_of("https://Hooks.Example.com:8443/a%20b?c=d#e") == Target(
        scheme="https", host="hooks.example.com", port=8443, authority="hooks.example.com:8443", path=b"/a%20b?c=d"
    )
    assert target_of("http://[::1]").path == b"/"
    assert target_of("https://bücher.example").host == "xn--bcher-kva.example"


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
