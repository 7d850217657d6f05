"""How to reach Kafka, and what it wants to know of whoever does."""

from typing import Literal, Self

from pydantic import Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """Parts that contradict each other are refused, so that nobody connects in another way than meant."""

    model_config = SettingsConfigDict(env_prefix="AIK_", populate_by_name=True, hide_input_in_errors=True)

    kafka: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, host:port with commas")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="SSL is TLS; SASL is a name and a password"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(default="SCRAM-SHA-512")
    kafka_username: str | None = Field(default=None, description="who we are to the brokers, with SASL")
    kafka_password: SecretStr | None = Field(default=None)
    kafka_ca: FilePath | None = Field(
        default=None, description="PEM file of whom the brokers' certificates are believed; else the system's"
    )
    kafka_cert: FilePath | None = Field(
        default=None, description="PEM file of our own certificate, where they want one"
    )
    kafka_key: FilePath | None = Field(default=None, description="PEM file of its key, if it is not in the same file")

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        is_tls, is_sasl = "SSL" in self.kafka_security_protocol.split("_"), "SASL" in self.kafka_security_protocol
        if is_sasl and (self.kafka_username is None or self.kafka_password is None):
            raise ValueError(f"{self.kafka_security_protocol} needs AIK_KAFKA_USERNAME and AIK_KAFKA_PASSWORD")
        if not is_sasl and (self.kafka_username or self.kafka_password):
            raise ValueError("a name and a password need AIK_KAFKA_SECURITY_PROTOCOL=SASL_SSL or SASL_PLAINTEXT")
        if not is_tls and (self.kafka_ca or self.kafka_cert or self.kafka_key):
            raise ValueError("certificates need AIK_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL")
        if self.kafka_key and not self.kafka_cert:
            raise ValueError("AIK_KAFKA_KEY is the key of a certificate: set AIK_KAFKA_CERT as well")
        return self
