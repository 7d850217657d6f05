"""Settings of what gateway and notifier must agree on: where webhooks may go, and what the addresses in them are."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from aik_service.callback_url import AddressRules
from aik_service.network import Network


def parts_of(value: object) -> object:
    """A list with commas, as the environment has it."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def networks_of(value: object) -> object:
    parts = parts_of(value)
    return tuple(ip_network(part) for part in parts) if isinstance(parts, tuple) else parts


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(parts_of)]
Ports = Annotated[tuple[int, ...], NoDecode, BeforeValidator(parts_of)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks_of)]


class CallbackSettings(BaseSettings):
    """The gateway refuses by them what the notifier could never call: give both the same."""

    model_config = SettingsConfigDict(env_prefix="AIK_", hide_input_in_errors=True)

    public_url: str = Field(default="http://127.0.0.1:8080", description="where clients reach the gateway")
    webhook_allowed_networks: Networks = Field(
        default=(), description="CIDRs with commas: there http, every port and private addresses are allowed"
    )
    webhook_ports: Ports = Field(default=(443,), description="the ports that may be called elsewhere, with commas")

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    def address_rules(self) -> AddressRules:
        return AddressRules(self.webhook_allowed_networks, self.webhook_ports)
