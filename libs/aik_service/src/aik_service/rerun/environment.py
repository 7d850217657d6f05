"""The environment that an engine would have in its own process, with settings for once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module

from aik_events.environment import variables, wrong
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from aik_service.engine_process.running import environment
from aik_service.service import StepService


class UnknownSetting(Exception):
    """The service has no such setting, so that setting it would change nothing."""

    code = "unknown-setting"


@contextmanager
def engine_environment(service: StepService, settings: Mapping[str, str]) -> Iterator[None]:
    """The environment of the engine's process, with these settings in it; ours is back afterwards.

    Raises SettingsWrong for what the service's own settings refuse in it.
    """
    before = dict(os.environ)
    _set_environment({**environment(), **settings})
    try:
        yield
    except ValidationError as error:
        for own in _settings_of(service):
            if own.__name__ == error.title:
                raise wrong(own, error) from None
        raise
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
    known = {variable for settings in _settings_of(service) for variable in variables(settings).values()}
    for variable in (name, f"{own}{name}".upper(), f"AIK_{name}".upper()):
        if separator and variable in known:
            return variable, value
    raise UnknownSetting(f"{text} sets nothing: NAME=VALUE with a NAME of {', '.join(sorted(known))}.")


def _settings_of(service: StepService) -> Sequence[type[BaseSettings]]:
    """The service's own."""
    module = import_module(f"{service.handler.split('.')[0]}.settings")
    return [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, BaseSettings)]
