"""Posting to a receiver on this machine, however it behaves."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import httpcore
import pytest
from aik_notifier.poster import Answer
from aik_notifier.testing.receiver import OK, SILENCE, Received, Receiver
from aik_notifier.transport import HttpPoster, system_resolver
from aik_service.callback_url import AddressRules
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = AddressRules(allowed=[ip_network("127.0.0.0/8")])
HOST = "hooks.example.com"


def poster(
    rules: AddressRules = LOOPBACK, *, resolve: object = system_resolver, tls: ssl.SSLContext | None = None
) -> HttpPoster:
    return HttpPoster(
        rules,
        timeout_s=0.5,
        resolve=resolve,  # type: ignore[arg-type]  # a function of the test
        dialer=httpcore.AnyIOBackend(),
        tls=tls or httpcore.default_ssl_context(),
    )


async def posted(receiver: Receiver, url: str | None = None) -> Answer:
    """What comes back, with the latency left out."""
    async with receiver.listening():
        answer = await poster().post(url or receiver.url, {"webhook-id": "msg_1"}, b"{}")
    return replace(answer, latency_ms=0)


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def test_a_request_is_what_the_receiver_expects() -> None:
    receiver = Receiver()
    assert await posted(receiver) == Answer(latency_ms=0, status=200, body="ok")
    assert receiver.received == [
        Received(
            line="POST /hook?a=1 HTTP/1.1",
            headers={
                "host": f"127.0.0.1:{receiver.port}",
                "accept-encoding": "identity",
                "webhook-id": "msg_1",
                "content-length": "2",
            },
            body=b"{}",
        )
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (answer("204 No Content"), Answer(0, 204)),
        (answer("500 Oops", body=b"broken"), Answer(0, 500, "broken", "http-500")),
        (answer("429 Slow", "Retry-After: 60"), Answer(0, 429, "", "http-429", "60")),
        (answer("302 Found", "location: http://127.0.0.1:1/"), Answer(0, 302, "", "http-302")),
        (answer("200 OK", body=b"a\0\xff" + b"b" * 5000), Answer(0, 200, "a��" + "b" * 1021)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart", Answer(0, 200, "part")),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", Answer(0, error="answer-broken")),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, Answer(0, error="answer-broken")),
        (SILENCE, Answer(0, error="timeout")),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Answer(0, error="timeout")),
    ],
)
async def test_every_answer_comes_to_something(raw: bytes, expected: Answer) -> None:
    receiver = Receiver([raw])
    assert await posted(receiver) == expected
    assert receiver.connections == 1


async def test_a_receiver_that_is_not_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        found = await poster().post(url, {}, b"{}")
    assert replace(found, latency_ms=0) == Answer(0, error="connect-failed")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://127.0.0.2.invalid/", "name-not-resolved"),
        (f"https://{'a' * 70}.example/", "address-refused"),
        ("ftp://127.0.0.1/", "address-refused"),
        ("https://10.0.0.1/", "address-refused"),
    ],
)
async def test_a_url_that_leads_nowhere(url: str, error: str) -> None:
    found = await poster().post(url, {}, b"{}")
    assert replace(found, latency_ms=0) == Answer(0, error=error)


async def test_without_the_setting_nothing_on_this_machine_is_called() -> None:
    async with Receiver().listening() as receiver:
        found = await poster(AddressRules(ports=[443, receiver.port])).post(receiver.url, {}, b"{}")
    assert (found.error, receiver.connections) == ("address-refused", 0)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver().listening() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        receiver = Receiver()
        assert (await posted(receiver)).status == 200
    assert (proxy.connections, receiver.connections) == (0, 1)


async def test_every_try_connects_anew() -> None:
    async with Receiver([OK]).listening() as receiver:
        sender = poster()
        for _ in range(3):
            await sender.post(receiver.url, {}, b"{}")
    assert receiver.connections == 3


async def test_tls_and_host_name_the_host_while_the_checked_address_is_dialed(tmp_path: Path) -> None:
    server, client = certified(tmp_path, HOST)
    seen: list[str | None] = []
    server.sni_callback = lambda socket, name, context: seen.append(name)
    async with Receiver().listening(server) as receiver:
        found = await poster(resolve=loopback, tls=client).post(f"https://{HOST}:{receiver.port}/", {}, b"{}")
    assert (found.status, seen) == (200, [HOST])
    assert receiver.received[0].headers["host"] == f"{HOST}:{receiver.port}"


async def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    server, client = certified(tmp_path, "other.example.com")
    async with Receiver().listening(server) as receiver:
        found = await poster(resolve=loopback, tls=client).post(f"https://{HOST}:{receiver.port}/", {}, b"{}")
    assert (found.error, receiver.received) == ("tls-failed", [])


async def loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def certified(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server with a certificate for this host, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(secret + pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "server.pem")
    return server, ssl.create_default_context(cadata=pem.decode())
