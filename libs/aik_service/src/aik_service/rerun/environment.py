"""The environment that an engine would have in its own process, with settings for once."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

from pydantic_settings import BaseSettings

from aik_service.engine_process.parent import environment
from aik_service.service import StepService


class UnknownSetting(Exception):
    """The service has no such setting, so that setting it would change nothing."""

    code = "unknown-setting"


@contextmanager
def engine_environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The environment of an engine's process, with these settings in it; ours is back afterwards."""
    before = dict(os.environ)
    _set_environment({**environment(), **settings})
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def setting(service: StepService, text: str) -> tuple[str, str]:
    """NAME=VALUE as a variable of the environment; NAME may be short (`threads`). Raises UnknownSetting."""
    name, separator, value = text.partition("=")
    own = f"AIK_{service.name.upper()}_"
    known = _settings_of(service)
    for variable in (name, f"{own}{name}".upper(), f"AIK_{name}".upper()):
        if separator and variable in known:
            return variable, value
    raise UnknownSetting(f"{text} sets nothing: NAME=VALUE with a NAME of {', '.join(sorted(known))}.")


def _settings_of(service: StepService) -> set[str]:
    """The variables that the service's own settings are read from."""
    module = import_module(f"{service.handler.split('.')[0]}.settings")
    classes = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, BaseSettings)]
    return {
        str(field.validation_alias or f"{c.model_config.get('env_prefix', '')}{name.upper()}")
        for c in classes
        for name, field in c.model_fields.items()
    }
