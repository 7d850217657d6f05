"""What threads share is made once, and goes when nobody uses it any more."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from aik_audio.once import OneAtATime, made_once

FOREVER_S = 60.0


class Engine:
    def __init__(self) -> None:
        self.made = 0
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.fails = False

    @made_once
    def model(self) -> str:
        self.made += 1
        self.begun.set()
        assert self.may_end.wait(FOREVER_S)
        if self.fails:
            raise OSError("no such file")
        return f"model {self.made}"


def test_threads_that_ask_while_it_is_made_get_what_the_first_has_made() -> None:
    engine = Engine()
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(lambda: engine.model) for _ in range(3)]
        assert engine.begun.wait(FOREVER_S)
        engine.may_end.set()
        assert [answer.result(FOREVER_S) for answer in answers] == ["model 1"] * 3
    assert (engine.model, engine.made) == ("model 1", 1)


def test_what_could_not_be_made_is_tried_again() -> None:
    engine = Engine()
    engine.may_end.set()
    engine.fails = True
    with pytest.raises(OSError, match="no such file"):
        _ = engine.model
    engine.fails = False
    assert engine.model == "model 2"


class Models:
    def __init__(self) -> None:
        self.happened: list[str] = []
        self.current = OneAtATime(self._make, lambda: self.happened.append("released"))

    def _make(self, key: str) -> str:
        self.happened.append(f"made {key}")
        return key.upper()


def test_what_is_asked_for_again_is_there() -> None:
    models = Models()
    for _ in range(2):
        with models.current.of("en") as first, models.current.of("en") as second:
            assert (first, second) == ("EN", "EN")
    assert models.happened == ["released", "made en"]


def test_another_one_is_made_when_the_last_user_has_left_and_those_that_ask_later_come_after_it() -> None:
    models = Models()
    with ThreadPoolExecutor(2) as pool:
        with models.current.of("en"):
            other = pool.submit(_used, models, "ru")
            while not models.current._door.locked():  # until it stands there
                assert not other.done()
            later = pool.submit(_used, models, "en")
            assert not other.done()
            models.happened.append("left en")
        assert (other.result(FOREVER_S), later.result(FOREVER_S)) == ("RU", "EN")
    assert models.happened == ["released", "made en", "left en", "released", "made ru", "released", "made en"]


def _used(models: Models, key: str) -> str:
    with models.current.of(key) as thing:
        return thing


def test_what_was_there_is_gone_before_another_one_is_made() -> None:
    made: list[weakref.ref[Engine]] = []
    gone: list[bool] = []

    def make(key: str) -> Engine:
        engine = Engine()
        made.append(weakref.ref(engine))
        return engine

    current = OneAtATime(make, lambda: gone.extend(engine() is None for engine in made))
    for key in ("en", "ru"):
        with current.of(key):
            pass
    assert gone == [True]


def test_one_that_can_not_be_made_stands_in_nobody_s_way() -> None:
    asked: list[str] = []

    def make(key: str) -> str:
        asked.append(key)
        if len(asked) == 1:
            raise MemoryError
        return key

    current = OneAtATime(make, lambda: None)
    with pytest.raises(MemoryError), current.of("en"):
        pass
    with current.of("en") as thing:
        assert thing == "en"
