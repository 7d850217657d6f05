"""What every client of Kafka is told, so that all reach it in the same way."""

from ssl import SSLContext, create_default_context
from typing import Any

from aik_events.settings import KafkaSettings

Servers = str | KafkaSettings
"""The settings, or bootstrap servers alone, which are then spoken to in the clear."""


def address_of(servers: Servers) -> str:
    return servers if isinstance(servers, str) else servers.kafka


def connection(servers: Servers) -> dict[str, Any]:
    """The arguments of aiokafka's clients. Raises SSLError for a file that is no certificate, OSError without one."""
    if isinstance(servers, str):
        return {"bootstrap_servers": servers}
    arguments: dict[str, Any] = {
        "bootstrap_servers": servers.kafka,
        "security_protocol": servers.kafka_security_protocol,
    }
    if servers.kafka_security_protocol in ("SSL", "SASL_SSL"):
        arguments["ssl_context"] = _tls(servers)
    if servers.kafka_password is not None:
        arguments |= {
            "sasl_mechanism": servers.kafka_sasl_mechanism,
            "sasl_plain_username": servers.kafka_username,
            "sasl_plain_password": servers.kafka_password.get_secret_value(),
        }
    return arguments


def _tls(settings: KafkaSettings) -> SSLContext:
    """Certificates and host names are always checked."""
    context = create_default_context(cafile=settings.kafka_ca)
    if settings.kafka_cert is not None:
        context.load_cert_chain(settings.kafka_cert, settings.kafka_key)
    return context
