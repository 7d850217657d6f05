"""Settings as the environment has them, and which of its variables are missing or wrong."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

S = TypeVar("S", bound=BaseSettings)


class SettingsWrong(Exception):
    """The message names each variable of the environment that is missing or wrong, and quotes no value."""

    code = "settings-wrong"


SECRETS = "AIK_SECRETS"
"""Names a folder with a file for each secret, called as its variable, such as AIK_POSTGRES; a variable goes before."""


def from_environment(settings: type[S]) -> S:
    """Raises SettingsWrong."""
    folder = os.environ.get(SECRETS)
    if folder and not Path(folder).is_dir():
        raise SettingsWrong(f"{SECRETS} names {folder}, which is no folder.")
    try:
        return settings(_secrets_dir=folder)
    except ValidationError as error:
        raise wrong(settings, error) from None


def wrong(settings: type[BaseSettings], error: ValidationError) -> SettingsWrong:
    """What these settings have refused, by the names of the variables."""
    problems = "; ".join(_problem(settings, each) for each in error.errors(include_input=False))
    return SettingsWrong(f"The environment lacks settings, or has wrong ones: {problems}.")


def variables(settings: type[BaseSettings]) -> Mapping[str, str]:
    """The variable that each field is read from."""
    prefix = settings.model_config.get("env_prefix", "")
    return {
        name: str(field.validation_alias or f"{prefix}{name}".upper()) for name, field in settings.model_fields.items()
    }


def _problem(settings: type[BaseSettings], each: Any) -> str:
    """Of one field; or of several that contradict each other, which the message itself names."""
    message = str(each["msg"]).removeprefix("Value error, ")
    if not each["loc"]:
        return message
    field = str(each["loc"][0])
    variable = variables(settings).get(field, field)
    return f"{variable} is not set" if each["type"] == "missing" else f"{variable}: {message}"
