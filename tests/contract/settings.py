"""The variables of the environment that the services read."""

from importlib import import_module

from aik_events.environment import SECRETS
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

SERVICES = ("gateway", "separator", "asr", "aligner", "qc", "publisher", "notifier")
MODULES = (
    "aik_events.settings",
    *(
        "aik_service.settings",
        "aik_service.callback_settings",
        "aik_service.engine_choice",
        "aik_service.gpu_lock",
        "aik_service.models.commands",
        "aik_service.tracing_settings",
    ),
    *(f"aik_{service}.settings" for service in SERVICES if service != "qc"),
)


def variables() -> set[str]:
    """Of every class of settings, and of the choice of an engine, which is named after its service."""
    return {SECRETS, *_fields(), *(f"AIK_{service.upper()}_ENGINE" for service in SERVICES)}


def secrets() -> set[str]:
    return {variable for variable, field in _fields().items() if field.annotation in (SecretStr, SecretStr | None)}


def _fields() -> dict[str, FieldInfo]:
    """By variable."""
    classes = {
        each
        for module in MODULES
        for each in vars(import_module(module)).values()
        if isinstance(each, type) and issubclass(each, BaseSettings)
    }
    return {
        str(field.validation_alias or f"{each.model_config.get('env_prefix', '')}{name}".upper()): field
        for each in classes
        for name, field in each.model_fields.items()
    }
