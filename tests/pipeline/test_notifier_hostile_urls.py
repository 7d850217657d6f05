"""Callback URLs that mean harm: what the gateway answers, and what the notifier does with the same."""

from collections.abc import Sequence

import httpcore
import pytest
from aik_gateway.api.callbacks import check_callback
from aik_gateway.problems import Problem
from aik_notifier.testing.receiver import Receiver
from aik_notifier.transport import HttpPoster
from aik_service.callback_url import AddressRules

RULES = AddressRules()
NAMES = {
    "public.example.com": ["1.1.1.1"],
    "loopback.example.com": ["127.0.0.1"],
    "metadata.example.com": ["169.254.169.254"],
    "private.example.com": ["10.0.0.1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "mixed.example.com": ["1.1.1.1", "192.168.0.1"],
    "public.example.com.": ["1.1.1.1"],
}
NEVER_CALLED = [
    "http://public.example.com/",
    "https://public.example.com:22/",
    "https://public.example.com:8443/",
    "https://public.example.com:0/",
    "https://public.example.com:99999/",
    "ftp://public.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_GET",
    "unix:///var/run/docker.sock",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "//public.example.com/",
    "https://",
    "https:///path",
    "https://user@public.example.com/",
    "https://user:password@public.example.com/",
    "https://@public.example.com/",
    "https://public.example.com@127.0.0.1/",
    "https://public.example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.public.example.com/",
    "https://public.example.com/#@127.0.0.1/",
    "https://public.example.com/#fragment",
    "https://public.example.com\r\nhost: 127.0.0.1/",
    "https://public.example.com/\r\nx-evil: 1",
    "https://public.example.com/\x00",
    "https://exa mple.com/",
    "https://localhost/",
    "https://localhost./",
    "https://hooks.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://0.0.0.0/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::]/",
    "https://[2001::1]/",
    "https://[2001:db8::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[ff02::1]/",
    "https://[::1/",
    "https://-a.example.com/",
    "https://a..example.com/",
    "https://public.example.com/" + "a" * 2048,
]
ACCEPTED = {
    "https://loopback.example.com/": "address-refused",
    "https://metadata.example.com/": "address-refused",
    "https://private.example.com/": "address-refused",
    "https://mapped.example.com/": "address-refused",
    "https://mixed.example.com/": "address-refused",
    "https://nowhere.example.com/": "name-not-resolved",
}
"""What the notifier answers where only a name's addresses tell."""


async def resolve(host: str, port: int) -> Sequence[str]:
    if host not in NAMES:
        raise OSError(f"{host} is not known")
    return NAMES[host]


class Dialer(httpcore.AsyncNetworkBackend):
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


async def posted(url: str) -> tuple[str | None, list[str]]:
    """What a try comes to, and which addresses were dialed for it."""
    dialer = Dialer()
    poster = HttpPoster(RULES, timeout_s=5, resolve=resolve, dialer=dialer, tls=httpcore.default_ssl_context())
    answer = await poster.post(url, {}, b"{}")
    return answer.error, dialer.dialed


@pytest.mark.parametrize("url", NEVER_CALLED)
async def test_what_could_never_be_called_is_refused_at_the_import_and_again_when_it_is_sent(url: str) -> None:
    with pytest.raises(Problem, match="callback-url-invalid"):
        check_callback(url, RULES)
    assert await posted(url) == ("address-refused", [])


@pytest.mark.parametrize(("url", "error"), ACCEPTED.items())
async def test_a_name_is_judged_by_its_addresses_when_it_is_sent(url: str, error: str) -> None:
    check_callback(url, RULES)
    assert await posted(url) == (error, [])


@pytest.mark.parametrize(
    ("url", "dialed"),
    [
        ("https://public.example.com/hook?a=1", "1.1.1.1"),
        ("https://public.example.com.:443/", "1.1.1.1"),
    ],
)
async def test_what_is_outside_is_dialed_as_it_was_checked(url: str, dialed: str) -> None:
    check_callback(url, RULES)
    assert await posted(url) == ("connect-failed", [dialed])


class Rebinding:
    """Public at the first look, loopback ever after."""

    def __init__(self) -> None:
        self.looks = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.looks += 1
        return ["1.1.1.1"] if self.looks == 1 else ["127.0.0.1"]


async def test_a_name_that_turns_to_loopback_is_never_connected_to_there() -> None:
    """The first try dials what it has checked and looks no second time; the second try is refused."""
    async with Receiver().listening() as inside:
        names, dialer = Rebinding(), Dialer()
        rules = AddressRules(ports=[inside.port])
        tls = httpcore.default_ssl_context()
        guarded = HttpPoster(rules, timeout_s=5, resolve=names.resolve, dialer=dialer, tls=tls)
        url = f"https://rebinding.example.com:{inside.port}/"
        first = await guarded.post(url, {}, b"{}")
        assert (first.error, names.looks, dialer.dialed) == ("connect-failed", 1, ["1.1.1.1"])
        real = HttpPoster(rules, timeout_s=5, resolve=names.resolve, dialer=httpcore.AnyIOBackend(), tls=tls)
        second = await real.post(url, {}, b"{}")
    assert (second.error, names.looks, inside.connections) == ("address-refused", 2, 0)
