"""Settings of the notifier; each is an environment variable AIK_<NAME>."""

from ipaddress import ip_network
from typing import Annotated

from aik_service.callback_url import AddressRules, Network
from aik_service.settings import ServiceSettings
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode


class NotifierSettings(ServiceSettings):
    secret_key: SecretStr = Field(min_length=1, description="the key that webhook secrets are sealed with")
    public_url: str = Field(default="http://127.0.0.1:8080", description="where clients reach the gateway")
    webhook_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(), description="CIDRs with commas: there http, every port and private addresses are allowed"
    )
    webhook_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(443,), description="the ports that may be called elsewhere, with commas"
    )
    webhook_timeout_s: float = Field(default=15.0, description="one try, from the name's lookup to the answer")
    webhook_senders: int = Field(default=128, ge=1, description="tries that one process makes at a time")
    webhook_senders_per_host: int = Field(default=32, ge=1, description="those of them that go to one host")
    lease_s: float = Field(default=15.0, description="a sender that is silent for so long loses its delivery")
    poll_s: float = Field(default=1.0, description="how often the queue is looked at when nobody says there is work")

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("webhook_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        return tuple(_parts(value)) if isinstance(value, str) else value

    def address_rules(self) -> AddressRules:
        return AddressRules(self.webhook_allowed_networks, self.webhook_ports)

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
