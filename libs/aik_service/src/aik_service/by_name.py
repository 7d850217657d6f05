"""What `module:attribute` names: handlers, engines and measures, loaded only where they are needed."""

from importlib import import_module
from typing import Any

from aik_service.step import EngineUnusable


class PackageMissing(EngineUnusable):
    """A package is not installed here: the production engines' are in a virtual environment of their own."""

    code = "package-missing"


def load(name: str) -> Any:
    """Raises PackageMissing where a package that it needs is not installed."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise PackageMissing(
            f"{module} needs {error.name}, which is not installed here: the production engines run from an environment "
            "of their own (docs/gpu.md says how)."
        ) from error
