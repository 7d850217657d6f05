"""How two outputs of one step differ, in the measures of its own field: what a service says for `compare`."""

from collections.abc import Callable

from aik_events.event import Frozen

from aik_service.step import StepOutput

Value = float | str
"""A number in the measure's unit, or a word where no number fits; rounded by whoever measures."""


class Measure(Frozen):
    """One row of a table: what each output has, how far they are apart, or both; None where there is nothing to say."""

    name: str
    unit: str = ""
    first: Value | None = None
    second: Value | None = None
    between: Value | None = None


class Place(Frozen):
    """One place at which the outputs differ: where it is, and what each of them has there; empty for nothing."""

    where: str
    first: str
    second: str


class Measurements(Frozen):
    """`places` begin with those that matter most, and are all that there are."""

    measures: tuple[Measure, ...]
    places: tuple[Place, ...] = ()


Differ = Callable[[StepOutput, StepOutput], Measurements]
"""Reads the files of two outputs of one step and nothing else. The first is what the second is held against."""
