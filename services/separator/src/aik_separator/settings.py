"""Settings of the separator itself; those of every service are in aik_service."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from aik_service.device import Device
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SeparatorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_SEPARATOR_", populate_by_name=True)

    max_duration_s: float = Field(default=1800, gt=0, description="longer songs are refused with too-long")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="the engine's threads")
    models: Path = Field(
        default=Path("~/.cache/aik/models"), validation_alias="AIK_MODELS", description="where weights are prepared"
    )
    device: Device = Field(default=Device.CUDA, description="what demucs and onnx compute on: cuda or cpu")


class Precision(StrEnum):
    FLOAT32 = "float32"
    FLOAT16 = "float16"


class _NetSettings(BaseSettings):
    """Of nets that are given segments of a song, several at once."""

    overlap: float = Field(default=0.25, ge=0, lt=1, description="the share of a segment that the next one covers too")
    batch: int = Field(default=4, ge=1, description="segments computed at once on cuda; fewer where memory runs out")
    batch_delay_s: float = Field(default=0.05, ge=0, description="how long a batch waits for segments of other songs")

    @property
    def deciding(self) -> Mapping[str, Any]:
        """Those that can change a sample: all but the delay."""
        return self.model_dump(mode="json", exclude={"batch_delay_s"})


class DemucsSettings(_NetSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_SEPARATOR_DEMUCS_")

    model: str = Field(default="htdemucs", description="a model of Demucs below AIK_MODELS: htdemucs, htdemucs_ft")
    segment_s: float | None = Field(default=None, gt=0, description="shorter segments than the model was trained on")
    precision: Precision = Field(default=Precision.FLOAT32, description="float16 only on cuda: faster, half the memory")


class OnnxSettings(_NetSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_SEPARATOR_ONNX_")

    model: str = Field(default="", description="a model below AIK_MODELS with a card.json: an MDX net")
    tensorrt: bool = Field(default=False, description="compute with TensorRT, which prepares each model for minutes")
