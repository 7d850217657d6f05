"""Which URLs and addresses are refused."""

from ipaddress import ip_network

import pytest
from aik_service.callback_url import AddressRefused, AddressRules, Target

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
        INSIDE.check_url(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (
            "https://Hooks.Example.com:8443/a%20b?c=d",
            Target("https", "hooks.example.com", 8443, "hooks.example.com:8443", b"/a%20b?c=d"),
        ),
        ("https://hooks.example.com", Target("https", "hooks.example.com", 443, "hooks.example.com", b"/")),
        (
            "https://hooks.example.com/?to=a@b",
            Target("https", "hooks.example.com", 443, "hooks.example.com", b"/?to=a@b"),
        ),
        (
            "https://xn--bcher-kva.example/",
            Target("https", "xn--bcher-kva.example", 443, "xn--bcher-kva.example", b"/"),
        ),
        ("https://[2606:4700::1111]/", Target("https", "2606:4700::1111", 443, "[2606:4700::1111]", b"/")),
    ],
)
def test_a_url_is_taken_apart_once(url: str, target: Target) -> None:
    assert AddressRules(ports=[443, 8443]).check_url(url) == target


@pytest.mark.parametrize("url", ["http://example.org/", "https://example.org:8443/", "http://127.0.0.1/"])
def test_without_a_setting_only_https_on_the_ports_to_what_is_outside(url: str) -> None:
    with pytest.raises(AddressRefused):
        ANYWHERE.check_url(url)


@pytest.mark.parametrize(
    "url", ["http://receiver:8080/", "http://localhost:9/", "http://127.0.0.1:9/", "http://[fd00::1]/"]
)
def test_names_may_lead_into_an_allowed_network(url: str) -> None:
    INSIDE.check_url(url)


@pytest.mark.parametrize("url", ["https://localhost/", "https://hooks.localhost./"])
def test_localhost_is_loopback_whatever_a_resolver_says(url: str) -> None:
    with pytest.raises(AddressRefused):
        AddressRules(allowed=[ip_network("10.0.0.0/8")]).check_url(url)
