"""Where spans go: OpenTelemetry's own variables.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/ has those that the SDK reads by itself as well.
"""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TracingSettings(BaseSettings):
    """A variable that is empty counts as unset, as OpenTelemetry has it."""

    model_config = SettingsConfigDict(env_ignore_empty=True, hide_input_in_errors=True)

    endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """The collector's base URL, `http://collector:4318`."""
    traces_endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    """The whole URL, where traces go elsewhere."""
    protocol: Literal["http/protobuf"] = Field(default="http/protobuf", validation_alias="OTEL_EXPORTER_OTLP_PROTOCOL")
    headers: SecretStr | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_HEADERS")
    """`key=value,key=value`, percent-encoded: how a collector knows us."""
    service_name: str = Field(default="", validation_alias="OTEL_SERVICE_NAME")
    timeout_s: float = Field(default=3.0, gt=0, validation_alias="OTEL_EXPORTER_OTLP_TIMEOUT")
    """Of one batch with its repeats. A process that ends sends two at most; pods that end don't have OpenTelemetry's
    own 10 s for each."""
    exporter: Literal["otlp", "none"] = Field(default="otlp", validation_alias="OTEL_TRACES_EXPORTER")
    is_disabled: bool = Field(default=False, validation_alias="OTEL_SDK_DISABLED")

    @property
    def are_exported(self) -> bool:
        has_endpoint = bool(self.endpoint or self.traces_endpoint)
        return has_endpoint and self.exporter == "otlp" and not self.is_disabled
