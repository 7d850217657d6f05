"""Which of a service's engines does a job: what the settings say of the quality that its track was imported with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aik_events.environment import from_environment
from pydantic import Field, Json
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_service.service import StepService


class UnknownEngine(Exception):
    """A setting or an option names an engine that the service does not have: name one of those that it has."""

    code = "unknown-engine"


class EngineSettings(BaseSettings):
    """Of one service, `AIK_<SERVICE>_ENGINE` and `AIK_<SERVICE>_ENGINE_OF`: services may share an environment."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    engine: str | None = Field(default=None, description="the engine's name; the service's first one")
    engine_of: Json[dict[str, str]] = Field(
        default="{}",  # type: ignore[arg-type]  # defaults are validated as a variable is
        description='the engine of jobs with this quality, as JSON: {"best": "demucs"}',
    )


@dataclass(frozen=True)
class EngineChoice:
    """Engines as `module:attribute`. `asked` are those that a setting names: what can't be used of them is an error."""

    default: str
    of_quality: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    def engine_for(self, quality: str | None) -> str:
        """The default for a quality that the settings don't name, and for none."""
        return self.default if quality is None else self.of_quality.get(quality, self.default)


def engine_choice(service: StepService, settings: EngineSettings) -> EngineChoice:
    """What these settings choose of the service's engines. Raises UnknownEngine."""
    variable = variable_of(service)
    default = None if settings.engine is None else engine_named(service, settings.engine, variable)
    of_quality = {
        quality: engine_named(service, name, f"{variable}_OF, quality {quality}")
        for quality, name in settings.engine_of.items()
    }
    asked = dict.fromkeys(([default] if default else []) + list(of_quality.values()))
    return EngineChoice(default or service.default_engine, of_quality, tuple(asked))


def engine_choice_of(service: StepService) -> EngineChoice:
    """What the environment chooses. Raises UnknownEngine, and SettingsWrong for what is no JSON object of names."""

    class Own(EngineSettings):
        model_config = SettingsConfigDict(env_prefix=f"AIK_{service.name.upper()}_")

    return engine_choice(service, from_environment(Own))


def engine_named(service: StepService, name: str, asker: str) -> str:
    """The `module:attribute` of this name. Raises UnknownEngine, which says who asked."""
    if name not in service.engines:
        known = ", ".join(service.engines)
        raise UnknownEngine(f"{asker}: the {service.name} has no engine {name!r}. It has: {known}.")
    return service.engines[name]


def engine_to_try(service: StepService, asked: str | None, quality: str | None) -> str:
    """The engine of a rerun: as `--engine` asks for it, or else the one that the environment chooses.

    Raises UnknownEngine.
    """
    if asked is None:
        return engine_choice_of(service).engine_for(quality)
    return engine_of_option(service, asked, "--engine")


def engine_of_option(service: StepService, asked: str, option: str) -> str:
    """By name, or as `module:attribute`. Raises UnknownEngine, which names the option."""
    return asked if ":" in asked else engine_named(service, asked, option)


def variable_of(service: StepService) -> str:
    return f"AIK_{service.name.upper()}_ENGINE"
