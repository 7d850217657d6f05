"""Which callback URLs are accepted."""

from ipaddress import ip_network

import pytest
from aik_gateway.callback import check_callback
from aik_gateway.problems import Problem

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://example.org:8443/a?b=c", "https://xn--e1afmkfd.xn--p1ai/"]
)
def test_https_to_a_name_is_accepted(url: str) -> None:
    check_callback(url, ())


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://127.1.2.3/", "http://[::1]:9/"])
def test_an_address_is_accepted_only_in_an_allowed_network(url: str) -> None:
    check_callback(url, LOOPBACK)
    with pytest.raises(Problem, match="callback-url-invalid"):
        check_callback(url, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "ftp://127.0.0.1/",
        "https://8.8.8.8/",
        "https://[2001:4860::1]/",
        "http://10.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://1.1.1.1./",
        "https://user:password@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/#fragment",
        "https://exa mple.org/",
        "https://example.org/\n",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://пример.рф/",
        "https://[::1/",
        "https://[::ffff:127.0.0.1]/",
        "https:///path",
        "https://-a.org/",
        "https://a..org/",
        "//example.org/",
        "javascript:alert(1)",
        "",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="callback-url-invalid"):
        check_callback(url, LOOPBACK)
