"""What the engine's process says, from any of its threads."""

import io
import json
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aik_service.engine_process.child import Answerer, Parts, lines_to
from aik_service.engine_process.messages import ask_identity
from aik_service.step import Engine, Handler


class SlowPipe(io.StringIO):
    """Lets others in between any two letters."""

    def write(self, text: str) -> int:
        for letter in text:
            super().write(letter)
            time.sleep(0.0001)
        return len(text)


def test_messages_of_several_threads_are_whole_lines() -> None:
    pipe = SlowPipe()
    say = lines_to(pipe)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: say(f'{{"call": {number}}}\n'), range(20)))
    assert sorted(json.loads(line)["call"] for line in pipe.getvalue().splitlines()) == list(range(20))


class Exiting(Parts):
    """Ends the thread that loads it."""

    def get(self) -> tuple[Handler[Any], Engine]:
        raise SystemExit(3)


def test_what_ends_a_thread_that_loads_the_engine_is_told_as_a_failure() -> None:
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    answerer = Answerer(Exiting("a handler", "an engine", said.put), said.put)
    for number in (1, 2):  # The first is left to the main thread, which does not work here.
        answerer.hear(ask_identity(number))
    told = json.loads(said.get(timeout=30))
    assert (told["call"], told["code"]) == (2, "engine-failed")
    assert told["detail"].startswith("The engine can't be loaded (SystemExit)")
