"""What every client of Kafka is told, from the settings."""

from pathlib import Path
from ssl import CERT_REQUIRED, SSLContext
from typing import Any

import pytest
from aik_events.cli import app
from aik_events.log.connection import connection
from aik_events.settings import KafkaSettings
from aik_events.testing.minting import BEGIN
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError
from typer.testing import CliRunner


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A certificate that nobody has signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aik")])
    until = BEGIN.replace(year=BEGIN.year + 50)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), BEGIN, until)
    authority = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    cert = authority.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    paths = {"cert": tmp_path / "cert.pem", "key": tmp_path / "key.pem"}
    paths["cert"].write_bytes(cert)
    paths["key"].write_bytes(secret)
    return paths


def test_without_more_settings_the_brokers_are_spoken_to_in_the_clear() -> None:
    plain = {"bootstrap_servers": "a:1,b:2", "security_protocol": "PLAINTEXT"}
    assert connection(KafkaSettings(kafka="a:1,b:2")) == plain
    assert connection("a:1") == {"bootstrap_servers": "a:1"}


def test_a_name_and_a_password_are_told_with_sasl() -> None:
    settings = KafkaSettings.model_validate(
        {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_username": "aik", "kafka_password": "secret"}
    )
    assert connection(settings) == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "aik",
        "sasl_plain_password": "secret",
    }
    assert "secret" not in repr(settings)


def test_tls_checks_certificates_and_names_against_the_given_authority(files: dict[str, Path]) -> None:
    about = {"kafka_ca": files["cert"], "kafka_cert": files["cert"], "kafka_key": files["key"]}
    told = connection(KafkaSettings.model_validate({"kafka_security_protocol": "SSL", **about}))
    context = told.pop("ssl_context")
    assert told == {"bootstrap_servers": "127.0.0.1:9092", "security_protocol": "SSL"}
    assert isinstance(context, SSLContext)
    assert (context.verify_mode, context.check_hostname) == (CERT_REQUIRED, True)
    assert [ca["subject"] for ca in context.get_ca_certs()] == [((("commonName", "aik"),),)]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"kafka_security_protocol": "SASL_SSL", "kafka_username": "aik"}, "SASL_SSL needs AIK_KAFKA_USERNAME and"),
        ({"kafka_username": "aik", "kafka_password": "secret"}, "a name and a password need AIK_KAFKA_SECURITY_PROTOC"),
        ({"kafka_ca": __file__}, "certificates need AIK_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"),
        ({"kafka_security_protocol": "SSL", "kafka_key": __file__}, "set AIK_KAFKA_CERT as well"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        KafkaSettings.model_validate(settings)


def test_wrong_settings_end_a_command_with_a_sentence_and_status_2() -> None:
    told = CliRunner().invoke(app, ["story", "trk_1"], env={"AIK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"})
    problem = "SASL_SSL needs AIK_KAFKA_USERNAME and AIK_KAFKA_PASSWORD"
    sentence = f"The environment lacks settings, or has wrong ones: {problem}.\n"
    assert (told.exit_code, told.output) == (2, sentence)
