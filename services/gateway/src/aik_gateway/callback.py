"""Which callback URLs are accepted at all; the notifier checks again what a name resolves to."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from aik_gateway.problems import Problem

MAX_LENGTH = 2048
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
PLAIN = re.compile(r"[!-~]+")


def check_callback(url: str, networks: Sequence[IPv4Network | IPv6Network]) -> None:
    """https to a name; to an address, and with http, only inside the allowed networks. Raises Problem."""
    trouble = _trouble(url, networks)
    if trouble is not None:
        raise Problem("callback-url-invalid", trouble)


def _trouble(url: str, networks: Sequence[IPv4Network | IPv6Network]) -> str | None:
    if len(url) > MAX_LENGTH or not PLAIN.fullmatch(url):
        return f"At most {MAX_LENGTH} characters, all of them visible ASCII."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "It is not a URL."
    if not host or port == 0:
        return "It is not a URL."
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        return "No user, no password, no fragment."
    if _is_allowed_address(host, networks):
        return None if parts.scheme in ("http", "https") else "The scheme must be http or https."
    if parts.scheme != "https":
        return "The scheme must be https."
    return None if _is_name(host) else "The host must be a name, not an address."


def _is_allowed_address(host: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _is_name(host: str) -> bool:
    """A last label that is a number makes the whole an IPv4 address to some resolvers."""
    labels = host.removesuffix(".").split(".")
    return all(LABEL.fullmatch(label) for label in labels) and not NUMERIC.fullmatch(labels[-1])
