"""Settings of the separator itself; those of every service are in aik_service."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SeparatorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_SEPARATOR_", populate_by_name=True)

    max_duration_s: float = Field(default=1800, gt=0, description="longer songs are refused with too-long")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="the engine's threads")
    models: Path = Field(
        default=Path("~/.cache/aik/models"), validation_alias="AIK_MODELS", description="where weights are prepared"
    )
