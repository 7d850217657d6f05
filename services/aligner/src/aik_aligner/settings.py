"""The aligner's own settings."""

from pathlib import Path

from aik_service.device import Device
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_aligner.letter_models import LETTER_MODELS


class AlignerSettings(BaseSettings):
    """Read from the environment, `AIK_ALIGNER_…`; see the README for what each one means."""

    model_config = SettingsConfigDict(env_prefix="AIK_ALIGNER_")

    models: Path = Field(default=Path.home() / ".cache/aik/models", validation_alias="AIK_MODELS")
    threads: int = Field(default=2, ge=1)
    sounds: bool = True
    device: Device = Device.CUDA


class WhisperxSettings(BaseSettings):
    """The same for one engine, `AIK_ALIGNER_WHISPERX_…`."""

    model_config = SettingsConfigDict(env_prefix="AIK_ALIGNER_WHISPERX_")

    model: str = "whisper-large-v3"
    batch: int = Field(default=16, ge=1)
    batch_delay_s: float = Field(default=0.05, ge=0)
    languages: tuple[str, ...] = ("en", "ru")

    @field_validator("languages")
    @classmethod
    def _have_models(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if strange := [language for language in languages if language not in LETTER_MODELS]:
            raise ValueError(
                f"no model hears the letters of {', '.join(strange)}: choose from {', '.join(LETTER_MODELS)}"
            )
        return languages
