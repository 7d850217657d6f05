"""`python -m tests.faults.standin_service NAME`: the step service of that name on the stand-in engine."""

import sys
from dataclasses import dataclass, fields
from importlib import import_module

from aik_service.run_step import run_step
from aik_service.service import StepService

from tests.faults import standin


@dataclass(frozen=True)
class StandInService(StepService):
    """Takes the place of a service: its schema, its group and its metrics have that one's name."""

    stands_for: str = ""

    @property
    def name(self) -> str:
        return self.stands_for


def standing_in_for(real: StepService) -> StandInService:
    same = {field.name: getattr(real, field.name) for field in fields(real)}
    other = {"handler": f"{standin.__name__}:{real.step.value}", "engines": {"stand-in": f"{standin.__name__}:load"}}
    return StandInService(**{**same, **other}, stands_for=real.name)


def main() -> None:
    run_step(standing_in_for(import_module(f"aik_{sys.argv[1]}.main").SERVICE))


if __name__ == "__main__":
    main()
