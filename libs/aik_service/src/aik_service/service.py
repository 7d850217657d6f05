"""What a step service is made of: the whole of what its main says."""

from collections.abc import Mapping
from dataclasses import dataclass

from aik_events.catalogue import StepResult
from aik_events.pipeline import Step

from aik_service.sla import Sla


@dataclass(frozen=True)
class StepService:
    """`handler` and engines are `module:attribute`, loaded in the child only: the parent stays light."""

    step: Step
    result: type[StepResult]
    handler: str
    engines: Mapping[str, str]
    """By the name that settings choose by; the first is the default."""

    sla: Sla
    """How long the step may take, unless the settings say otherwise."""

    reads: tuple[str, ...] = ()
    """The facts of StepInput that the handler reads besides its files."""

    kept_by: frozenset[str] = frozenset()
    """The inputs that alone decide what the step keeps (`StepOutput.kept`) for versions whose other inputs are new."""

    differences: str | None = None
    """`module:attribute` of a `Differ` (aik_service.differences), loaded when two engines are compared."""

    revision: int = 1
    """Raised when handler or engine make something else of the same inputs: what was made before is not found then."""

    @property
    def name(self) -> str:
        """The distribution's short name, which is the module's: aik_separator → separator."""
        return self.handler.split(".")[0].removeprefix("aik_")

    def name_of(self, engine: str) -> str:
        """The name that settings know an engine by."""
        return next((name for name, known in self.engines.items() if known == engine), engine)

    @property
    def default_engine(self) -> str:
        """`module:attribute` of the engine that works unless a setting says otherwise."""
        return next(iter(self.engines.values()))
