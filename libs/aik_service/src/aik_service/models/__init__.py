"""Model weights: those that Python packages carry, and those in folders of their own, verified by hash."""

from aik_service.models.folder import Model, ModelDamaged, ModelMissing, ModelRefused, ModelUnsuitable, verified
from aik_service.models.packaged import (
    WHISPER_BASE_SHA256,
    WeightsDamaged,
    check,
    package_folder,
    prepared,
    sha256_of,
    whisper_base,
    with_first_merge,
)

__all__ = [
    "WHISPER_BASE_SHA256",
    "Model",
    "ModelDamaged",
    "ModelMissing",
    "ModelRefused",
    "ModelUnsuitable",
    "WeightsDamaged",
    "check",
    "package_folder",
    "prepared",
    "sha256_of",
    "verified",
    "whisper_base",
    "with_first_merge",
]
