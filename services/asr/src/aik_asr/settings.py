"""The transcriber's own settings."""

from pathlib import Path

from aik_service.device import Device
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AsrSettings(BaseSettings):
    """Read from the environment, `AIK_ASR_…`; see the README for what each one means."""

    model_config = SettingsConfigDict(env_prefix="AIK_ASR_")

    models: Path = Field(default=Path.home() / ".cache/aik/models", validation_alias="AIK_MODELS")
    threads: int = Field(default=2, ge=1)
    device: Device = Device.CUDA


class WhisperxSettings(BaseSettings):
    """The same for one engine, `AIK_ASR_WHISPERX_…`."""

    model_config = SettingsConfigDict(env_prefix="AIK_ASR_WHISPERX_")

    model: str = "whisper-large-v3"
    batch: int = Field(default=16, ge=1)
    batch_delay_s: float = Field(default=0.05, ge=0)
    voice_activity: bool = True
