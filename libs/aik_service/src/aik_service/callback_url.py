"""Which URLs webhooks may go to: pure rules, so that a callback can't reach into a private network.

The gateway refuses with them what could never be called, the notifier judges what a name resolves to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from aik_service.network import Network

Address = IPv4Address | IPv6Address

MAX_LENGTH = 2048
PLAIN = re.compile(r"[!-~]+")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
AUTHORITY_END = re.compile(r"[/?#]")
NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+")
DEFAULT_PORTS = {"https": 443, "http": 80}
LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
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
    """The URL of a webhook, or an address that its host has, may not be called: see AIK_WEBHOOK_ALLOWED_NETWORKS."""

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

    def check_url(self, url: str) -> Target:
        """What to connect to and what to ask there. Raises AddressRefused for what could never be called.

        A name may lead into an allowed network, so that with one of those nothing but its addresses decides.
        """
        target = target_of(url)
        if (address := _literal(target.host)) is not None:
            self.check(target.scheme, str(address), target.port)
        elif _is_localhost(target.host):
            if not any(self._is_allowed(address) for address in LOOPBACK):
                raise AddressRefused("localhost is not a global address")
        elif not self.allowed:
            self._check_outside(target.scheme, target.port)
        return target

    def check(self, scheme: str, address: str, port: int) -> str:
        """The address to connect to, in its plain form. Raises AddressRefused."""
        found = _judged(ip_address(address.partition("%")[0]))
        if self._is_allowed(found):
            return address
        if not is_global(found):
            raise AddressRefused(f"{address} is not a global address")
        self._check_outside(scheme, port)
        return address

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.allowed)

    def _check_outside(self, scheme: str, port: int) -> None:
        if scheme != "https":
            raise AddressRefused("only https is allowed")
        if port not in self.ports:
            raise AddressRefused(f"port {port} is not allowed")


def target_of(url: str) -> Target:
    """Raises AddressRefused for what no rules could allow."""
    if len(url) > MAX_LENGTH or not PLAIN.fullmatch(url) or "\\" in url:
        raise AddressRefused(f"a URL has at most {MAX_LENGTH} characters, visible ASCII and no backslash")
    try:
        parsed = httpx.URL(url)
        scheme, host = parsed.scheme, parsed.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(f"not a URL: {error}") from error
    if scheme not in DEFAULT_PORTS:
        raise AddressRefused(f"the scheme {scheme!r} is not allowed")
    if parsed.userinfo or "@" in AUTHORITY_END.split(url.partition("//")[2])[0] or "#" in url:
        raise AddressRefused("a URL with a user name, a password or a fragment is not allowed")
    if _literal(host) is None and not _is_name(host):
        raise AddressRefused("the host is neither a name nor a plain address")
    port = DEFAULT_PORTS[scheme] if parsed.port is None else parsed.port
    if not 0 < port < 65_536:
        raise AddressRefused(f"there is no port {port}")
    return Target(scheme, host, port, parsed.netloc.decode("ascii"), parsed.raw_path)


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


def _literal(host: str) -> Address | None:
    """None for a name. A zone (`%eth0`) makes an address of this machine's networks only, so it is no address here."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    """A last label that is a number makes the whole an IPv4 address to some resolvers."""
    labels = host.removesuffix(".").split(".")
    return all(LABEL.fullmatch(label) for label in labels) and not NUMERIC.fullmatch(labels[-1])


def _is_localhost(host: str) -> bool:
    """RFC 6761: it and every name below it is loopback, whatever a resolver says."""
    return host.removesuffix(".").split(".")[-1] == "localhost"
