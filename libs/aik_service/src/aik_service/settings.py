"""Settings that every service has; each is an environment variable AIK_<NAME>."""

from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Literal

from aik_events.settings import KafkaSettings
from pydantic import Field, FilePath, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_service.engine_process.parent import GRACE_S
from aik_service.sealing import Sealer
from aik_service.sla import Sla

MAX_JOBS = 32
"""Each takes, renews and ends its lease in moments, over the 15 connections to Postgres that a process has at most."""


class ServiceSettings(KafkaSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_", populate_by_name=True, hide_input_in_errors=True)

    postgres: SecretStr = Field(
        default=SecretStr("postgresql://127.0.0.1:5432/aik"), description="one database, a schema for each service"
    )
    http_host: str = Field(default="0.0.0.0", description="where /healthz, /readyz and /metrics are served")  # noqa: S104 (a container's port)
    http_port: int = Field(default=8080)
    log_format: Literal["console", "json"] = Field(default="console")
    log_level: str = Field(default="INFO")


class SealingSettings(BaseSettings):
    """Gateway and notifier have the same."""

    model_config = SettingsConfigDict(env_prefix="AIK_", hide_input_in_errors=True)

    secret_key: SecretStr = Field(min_length=1, description="the key that webhook secrets are sealed with")
    secret_key_other: SecretStr | None = Field(
        default=None, min_length=1, description="what was sealed with this key is opened too: the next one, or the last"
    )

    @field_validator("secret_key_other", mode="before")
    @classmethod
    def _unset_when_empty(cls, value: object) -> object:
        """A vault keeps the entry when there is no second key."""
        return value or None

    def sealer(self) -> Sealer:
        return Sealer(self.secret_key, self.secret_key_other)


class ObjectSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_", hide_input_in_errors=True)

    s3_endpoint: str = Field(default="http://127.0.0.1:8333", description="scheme and address of the object store")
    s3_access_key: str = Field(min_length=1)
    s3_secret_key: SecretStr = Field(min_length=1)
    s3_bucket: str = Field(default="aik")
    s3_region: str = Field(default="us-east-1")
    s3_ca: FilePath | None = Field(
        default=None, description="PEM file of whom the store's certificate is believed; else the system's"
    )

    def s3_tls(self) -> SSLContext:
        """For a store that is reached by https: certificates and host names are always checked."""
        return create_default_context(cafile=self.s3_ca)


class StepSettings(ServiceSettings, ObjectSettings):
    """A step service: the queue's times, and the child process that computes."""

    lease_s: float = Field(default=15.0, gt=0, description="a worker that is silent for so long loses its task")
    poll_s: float = Field(default=2.0, gt=0, description="how often the queue is looked at when nobody says so")
    grace_s: float = Field(default=20.0, ge=0, description="told to end, a worker has so long for the task at hand")
    max_attempts: int = Field(default=3, ge=1, description="failed attempts at a step before the job fails")
    max_losses: int = Field(default=5, ge=1, description="workers that fall silent over a step before the job fails")
    retry_delay_s: float = Field(default=5.0, ge=0, description="the wait after the first failed attempt, then doubled")
    retry_delay_max_s: float = Field(default=300.0, ge=0, description="the longest wait between two attempts")
    sla_base_s: float | None = Field(default=None, gt=0, description="a step may take so long, and")
    sla_factor: float | None = Field(default=None, ge=0, description="so many seconds more for each of the song's")
    engine_idle_s: float = Field(default=120.0, description="the engine's process ends after so long without work")
    engine_withdraw_s: float = Field(
        default=GRACE_S,
        ge=0,
        description="a job withdrawn beside others has so long to end before all of them are killed",
    )
    jobs: int = Field(
        default=1, ge=1, le=MAX_JOBS, description="tasks that a process works on at a time, in one engine's process"
    )
    work: Path | None = Field(default=None, description="where inputs are downloaded; the system's temporary folder")

    def sla(self, default: Sla) -> Sla:
        """What is set here, and the step's own where nothing is."""
        base_s = default.base_s if self.sla_base_s is None else self.sla_base_s
        return Sla(base_s, default.factor if self.sla_factor is None else self.sla_factor)
