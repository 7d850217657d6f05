"""Whose address a request has, and whom it doesn't believe."""

from ipaddress import ip_network

import pytest
from aik_gateway.caller import NOBODY, network_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "caller"),
    [
        ("203.0.113.7", [], "203.0.113.7/32"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7/32"),
        ("10.1.1.1", [], "10.1.1.1/32"),
        ("10.1.1.1", ["203.0.113.7"], "203.0.113.7/32"),
        ("10.1.1.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7/32"),
        ("10.1.1.1", ["198.51.100.1, 203.0.113.7, 10.2.2.2"], "203.0.113.7/32"),
        ("10.1.1.1", ["198.51.100.1", "203.0.113.7", "10.2.2.2"], "203.0.113.7/32"),
        ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3/32"),
        ("fd00::1", ["203.0.113.7"], "203.0.113.7/32"),
        ("::ffff:10.1.1.1", ["::ffff:203.0.113.7"], "203.0.113.7/32"),
        ("10.1.1.1", ["203.0.113.7:4711"], "203.0.113.7/32"),
        ("10.1.1.1", ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("10.1.1.1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
    ],
)
def test_the_caller_is_the_first_from_the_right_that_is_no_trusted_proxy(
    peer: str, forwarded_for: list[str], caller: str
) -> None:
    assert network_of(peer, forwarded_for, PROXIES) == ip_network(caller)


@pytest.mark.parametrize(
    "garbage", ["", "unknown", "203.0.113.7.", "1", "0x7f.1", "fe80::1%eth0", "a:80", "203.0.113.7:", "[::1]x", "é"]
)
def test_where_an_entry_is_no_address_the_proxy_that_sent_it_is_the_caller(garbage: str) -> None:
    assert network_of("10.1.1.1", [f"198.51.100.1, {garbage}"], PROXIES) == ip_network("10.1.1.1/32")
    assert network_of("10.1.1.1", [f"{garbage}, 10.2.2.2"], PROXIES) == ip_network("10.2.2.2/32")


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert network_of("127.0.0.1", ["203.0.113.7"], []) == ip_network("127.0.0.1/32")


@pytest.mark.parametrize("peer", [None, "", "/run/aik.sock", "testclient"])
def test_a_peer_without_an_address_is_nobody(peer: str | None) -> None:
    assert network_of(peer, ["203.0.113.7"], PROXIES) == NOBODY
