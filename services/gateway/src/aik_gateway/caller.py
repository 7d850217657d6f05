"""Where a request came from: the peer's address, or what trusted proxies say of it."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aik_service.network import Network

Address = IPv4Address | IPv6Address

NOBODY = ip_network("0.0.0.0/32")
"""No request comes from here: what is bound to it serves nobody."""
HOME_BITS = 64
"""A home or a phone has a whole /64 of IPv6, and takes another address of it at any time."""
WITH_PORT = re.compile(r"\[([^]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")


def network_of(peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> Network:
    """The caller's address as a network: one address of IPv4, a /64 of IPv6.

    `forwarded_for` are the X-Forwarded-For headers in their order. Each trusted proxy has added, on the right, whom it
    talked to; so they are read from the right, until the first that is not trusted. What stands before that may be
    anybody's invention. Where an entry is no address, the proxy that sent it is the caller.
    """
    caller = _address(peer or "")
    if caller is None:
        return NOBODY
    for entry in reversed(_entries(forwarded_for)):
        if not any(caller in network for network in trusted):
            break
        before = _address(entry)
        if before is None:
            break
        caller = before
    return ip_network((caller, caller.max_prefixlen if caller.version == 4 else HOME_BITS), strict=False)


def _entries(headers: Iterable[str]) -> list[str]:
    return [entry.strip() for header in headers for entry in header.split(",")]


def _address(text: str) -> Address | None:
    """IPv4 in IPv6's clothes is IPv4. Some proxies add the port."""
    try:
        found = ip_address(_without_port(text))
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        return found.ipv4_mapped or found
    return found


def _without_port(text: str) -> str:
    with_port = WITH_PORT.fullmatch(text)
    return text if with_port is None else with_port[1] or with_port[2]
