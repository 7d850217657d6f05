"""The aligner's own settings."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AlignerSettings(BaseSettings):
    """Read from the environment, `AIK_ALIGNER_…`; see the README for what each one means."""

    model_config = SettingsConfigDict(env_prefix="AIK_ALIGNER_")

    models: Path = Field(default=Path.home() / ".cache/aik/models", validation_alias="AIK_MODELS")
    threads: int = Field(default=2, ge=1)
    sounds: bool = True
