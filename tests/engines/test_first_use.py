"""What finds parts without a lock finds them in an engine, in what it holds, and in those whose methods it lends."""

from functools import cached_property

import pytest
from aik_audio.once import made_once

from tests.engines.contract.first_use import made_by_each_thread


class Locked:
    @made_once
    def model(self) -> int:
        return 1


class Bare:
    @cached_property
    def model(self) -> int:
        return 1

    def ask(self) -> int:
        return self.model


class Holding:
    def __init__(self, part: object) -> None:
        self.part = part


for cls in (Locked, Bare, Holding):
    cls.__module__ = "aik_engine"


@pytest.mark.parametrize("engine", [Bare(), Holding(Bare()), Holding(Bare().ask), Holding(Holding(Bare()))])
def test_one_without_a_lock_is_found(engine: object) -> None:
    assert made_by_each_thread(engine) == ["Bare.model"]


@pytest.mark.parametrize("engine", [Locked(), Holding(Locked()), Holding([1])])
def test_one_with_a_lock_is_none(engine: object) -> None:
    assert made_by_each_thread(engine) == []
