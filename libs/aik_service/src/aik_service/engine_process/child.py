"""The child: loads the handler and the engine once, and answers its parent line by line until the pipe closes."""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, TextIO

from aik_service.engine_process import messages
from aik_service.step import BadInput, Engine, EngineUnusable, Handler, Progress, Warmed, Withdrawn

Message = dict[str, Any]
Tell = Callable[[Message], None]
"""Whole lines, from any thread; raises TypeError for what JSON does not have."""


def load(name: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def main(handler_name: str, engine_name: str) -> None:
    answerer = Answerer(Parts(handler_name, engine_name), _take_over_stdout())
    threading.Thread(target=_listen, args=(answerer,), daemon=True).start()
    answerer.work()


class Parts:
    """The handler, and the engine, warm: made once, by whichever thread comes first; the others wait for it."""

    def __init__(self, handler_name: str, engine_name: str) -> None:
        self._handler_name = handler_name
        self._engine_name = engine_name
        self._lock = threading.Lock()
        self._made: tuple[Handler[Any], Engine] | None = None

    def get(self) -> tuple[Handler[Any], Engine]:
        """Raises whatever making them does, and so tries again the next time."""
        with self._lock:
            if self._made is None:
                handler, engine = load(self._handler_name), load(self._engine_name)()
                if isinstance(engine, Warmed):
                    engine.warm_up()
                self._made = handler, engine
            return self._made


class Call:
    """One question of the parent, who may withdraw it."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self._lock = threading.Lock()
        self._begun = False
        self._withdrawn = False

    def begin(self) -> bool:
        """False when it was withdrawn before: then there is nothing more to tell."""
        with self._lock:
            self._begun = not self._withdrawn
            return self._begun

    def withdraw(self) -> bool:
        """True when it has not begun, and now never will; else it ends when it tells its progress the next time."""
        with self._lock:
            self._withdrawn = True
            return not self._begun

    def progress(self, tell: Tell) -> Progress:
        def progress(share: float) -> None:
            if self._withdrawn:
                raise Withdrawn
            tell(messages.tell_progress(share))

        return progress


class Answerer:
    """Answers one call at a time in the main thread, and each that comes meanwhile in a thread of its own.

    So a call alone finds what libraries keep for the thread that uses them.
    """

    def __init__(self, parts: Parts, tell: Tell) -> None:
        self._parts = parts
        self._tell = tell
        self._calls: dict[int, Call] = {}
        self._main_is_free = threading.Semaphore(1)
        self._for_main: queue.SimpleQueue[Call] = queue.SimpleQueue()

    def hear(self, message: Message) -> None:
        """Never waits for an answer: what is withdrawn must be heard while others compute."""
        number = message["call"]
        if message["ask"] == messages.CANCEL:
            call = self._calls.get(number)
            if call is not None and call.withdraw():
                self._tell({**messages.WITHDRAWN, "call": number})
            return
        call = self._calls[number] = Call(message)
        if self._main_is_free.acquire(blocking=False):
            self._for_main.put(call)
        else:
            threading.Thread(target=self._answer, args=(call,), daemon=True).start()

    def work(self) -> None:
        while True:
            self._answer(self._for_main.get())
            self._main_is_free.release()

    def _answer(self, call: Call) -> None:
        number = call.message["call"]

        def tell(message: Message) -> None:
            self._tell({**message, "call": number})

        try:
            parts = self._parts.get()
        except Exception as error:
            failed = _failed(error, "The engine can't be loaded")
            if call.begin():
                tell(failed)
        else:
            if call.begin():
                _answer(call, *parts, tell)
        del self._calls[number]


def _answer(call: Call, handler: Handler[Any], engine: Engine, tell: Tell) -> None:
    """Tells how it ended, whatever happens: a thread that ends without a word would be waited for."""
    try:
        _outcome(call, handler, engine, tell)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        tell(_failed(error, "The engine broke"))


def _outcome(call: Call, handler: Handler[Any], engine: Engine, tell: Tell) -> None:
    try:
        if call.message["ask"] == messages.IDENTITY:
            tell(messages.tell_identity(engine.identity))
        else:
            tell(messages.tell_output(handler(messages.step_of(call.message), engine, call.progress(tell))))
    except Withdrawn:
        tell(messages.WITHDRAWN)
    except BadInput as error:
        tell(messages.tell_bad_input(error))


def _failed(error: BaseException, what: str) -> Message:
    if not isinstance(error, EngineUnusable):
        traceback.print_exception(error)
    return messages.tell_failed(error, what)


def _take_over_stdout() -> Tell:
    """Keeps the pipe for messages and sends everything that libraries print to stderr."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines_to(pipe)


def lines_to(pipe: TextIO) -> Tell:
    lock = threading.Lock()

    def tell(message: Message) -> None:
        line = json.dumps(message) + "\n"
        with lock:
            pipe.write(line)
            pipe.flush()

    return tell


def _listen(answerer: Answerer) -> None:
    """Ends the process as soon as the parent's end of the pipe is closed, even while native code computes."""
    try:
        for line in sys.stdin:
            answerer.hear(json.loads(line))
    except Exception as error:  # Deaf, it would be waited for, or live on without its parent.
        traceback.print_exception(error)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
