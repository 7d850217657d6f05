"""Which callback URLs are accepted; the hostile ones are in tests/pipeline/test_notifier_hostile_urls.py."""

from ipaddress import ip_network

import pytest
from aik_gateway.api.callbacks import check_callback
from aik_gateway.problems import Problem
from aik_service.callback_url import AddressRules

ANYWHERE = AddressRules(ports=(443, 8443))
LOOPBACK = AddressRules(allowed=(ip_network("127.0.0.0/8"), ip_network("::1/128")))


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "https://example.org:8443/a?b=c", "https://xn--e1afmkfd.xn--p1ai/", "https://8.8.8.8/"],
)
def test_https_to_what_is_outside_is_accepted(url: str) -> None:
    check_callback(url, ANYWHERE)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://127.1.2.3/", "http://[::1]:9/", "http://localhost:9/"]
)
def test_what_is_inside_is_accepted_only_in_an_allowed_network(url: str) -> None:
    check_callback(url, LOOPBACK)
    with pytest.raises(Problem, match="callback-url-invalid"):
        check_callback(url, ANYWHERE)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://127.0.0.1/", "https://10.0.0.1/", "https://example.org:80/"]
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="callback-url-invalid"):
        check_callback(url, ANYWHERE)
