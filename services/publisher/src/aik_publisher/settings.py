"""Settings of the publisher itself; those of every service are in aik_service."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PublisherSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_PUBLISHER_")

    aac_bit_rate: int = Field(default=192_000, ge=64_000, le=320_000, description="bit/s of the streaming files")
    threads: int = Field(default=2, ge=1, description="files that are written to at once")
