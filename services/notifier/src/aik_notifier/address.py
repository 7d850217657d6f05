"""Which addresses a webhook may go to: pure rules, so that a callback can't reach into a private network."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"https": 443, "http": 80}
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
REFUSED: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
)
"""Special-purpose networks (RFC 6890 and its registry) that `ipaddress` calls global in some release of Python."""


class AddressRefused(Exception):
    """The webhook's URL, or an address that its host has, is not one that may be called."""

    code = "address-refused"


@dataclass(frozen=True)
class Target:
    """A URL taken apart by the parser whose result is also sent, so that no two parsers can disagree."""

    scheme: str
    host: str
    port: int
    authority: str
    """The Host header."""
    path: bytes


@dataclass(frozen=True)
class AddressRules:
    """In `allowed` networks everything may be called; elsewhere only https on `ports` of global addresses."""

    allowed: Sequence[Network] = ()
    ports: Sequence[int] = (443,)

    def check(self, scheme: str, address: str, port: int) -> str:
        """The address to connect to, in its plain form. Raises AddressRefused."""
        found = _judged(ip_address(address.partition("%")[0]))
        if any(found in network for network in self.allowed):
            return address
        if not is_global(found):
            raise AddressRefused(f"{address} is not a global address")
        if scheme != "https":
            raise AddressRefused(f"{scheme} is not allowed for {address}, only https")
        if port not in self.ports:
            raise AddressRefused(f"port {port} is not allowed")
        return address


def target_of(url: str) -> Target:
    """What to connect to and what to ask there. Raises AddressRefused for what no rules could allow."""
    try:
        parsed = httpx.URL(url)
        scheme, host = parsed.scheme, parsed.host
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(f"not a URL: {error}") from error
    if scheme not in DEFAULT_PORTS:
        raise AddressRefused(f"the scheme {scheme!r} is not allowed")
    if not host:
        raise AddressRefused("the URL has no host")
    if parsed.userinfo:
        raise AddressRefused("a URL with a user name or password is not allowed")
    port = DEFAULT_PORTS[scheme] if parsed.port is None else parsed.port
    if not 0 < port < 65_536:
        raise AddressRefused(f"there is no port {port}")
    return Target(scheme, parsed.raw_host.decode("ascii"), port, parsed.netloc.decode("ascii"), parsed.raw_path)


def is_global(address: Address) -> bool:
    """Stricter than `ipaddress.is_global`: the same on every Python, and nothing that a receiver would be on."""
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in REFUSED)


def _judged(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), since that one is reached in the end."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address
