"""The child: loads the handler and the engine once, and answers its parent line by line until the pipe closes."""

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from aik_service.by_name import load
from aik_service.engine_process import messages
from aik_service.step import BadInput, Engine, Handler, Progress, Warmed, Withdrawn

Message = dict[str, Any]
Say = Callable[[str], None]
"""Lines, which stay whole, from any thread."""


def main(handler_name: str, engine_name: str) -> None:
    say = _take_over_stdout()
    answerer = Answerer(Parts(handler_name, engine_name, say), say)
    threading.Thread(target=_listen, args=(answerer,), daemon=True).start()
    answerer.work()


class Parts:
    """The handler, and the engine, warm: made once, by whichever thread comes first; the others wait for it."""

    def __init__(self, handler_name: str, engine_name: str, say: Say) -> None:
        self._handler_name = handler_name
        self._engine_name = engine_name
        self._say = say
        self._lock = threading.Lock()
        self._made: tuple[Handler[Any], Engine] | None = None

    def get(self) -> tuple[Handler[Any], Engine]:
        """Raises whatever making them does, and so tries again the next time."""
        with self._lock:
            if self._made is None:
                started = time.monotonic()
                handler, engine = load(self._handler_name), load(self._engine_name)()
                if isinstance(engine, Warmed):
                    engine.warm_up()
                self._made = handler, engine
                self._say(json.dumps(messages.tell_loaded(time.monotonic() - started)) + "\n")
            return self._made


class Question:
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

    def line(self, message: Message) -> str:
        """Raises TypeError for what JSON does not have."""
        return json.dumps({**message, "call": self.message["call"]}) + "\n"

    def progress(self, say: Say) -> Progress:
        def progress(share: float) -> None:
            if self._withdrawn:
                raise Withdrawn
            say(self.line(messages.tell_progress(share)))

        return progress


class Answerer:
    """Answers one question at a time in the main thread, and each that comes meanwhile in a thread of its own.

    So a question alone finds what libraries keep for the thread that uses them.
    """

    def __init__(self, parts: Parts, say: Say) -> None:
        self._parts = parts
        self._say = say
        self._questions: dict[int, Question] = {}
        self._main_is_free = threading.Semaphore(1)
        self._for_main: queue.SimpleQueue[Question] = queue.SimpleQueue()

    def hear(self, message: Message) -> None:
        """Never waits for an answer: what is withdrawn must be heard while others compute."""
        number = message["call"]
        if message["ask"] == messages.CANCEL:
            question = self._questions.get(number)
            if question is not None and question.withdraw():
                self._say(question.line(messages.WITHDRAWN))
            return
        question = self._questions[number] = Question(message)
        if self._main_is_free.acquire(blocking=False):
            self._for_main.put(question)
        else:
            threading.Thread(target=lambda: self._say(self._answer(question)), daemon=True).start()

    def work(self) -> None:
        while True:
            answer = self._answer(self._for_main.get())
            self._main_is_free.release()  # Before it is said: what is asked then comes here, too.
            self._say(answer)

    def _answer(self, question: Question) -> str:
        """Nothing for a question that was withdrawn before it began."""
        try:
            parts = self._parts.get()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit ends a thread without a word, and that is waited for.
            failed = question.line(_failed(error, "The engine can't be loaded"))
            answer = failed if question.begin() else ""
        else:
            answer = _answer(question, *parts, self._say) if question.begin() else ""
        del self._questions[question.message["call"]]
        return answer


def _answer(question: Question, handler: Handler[Any], engine: Engine, say: Say) -> str:
    """How it ended, whatever happens: a thread that ends without a word would be waited for."""
    try:
        return question.line(_outcome(question, handler, engine, say))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return question.line(_failed(error, "The engine broke"))


def _outcome(question: Question, handler: Handler[Any], engine: Engine, say: Say) -> Message:
    try:
        if question.message["ask"] == messages.IDENTITY:
            return messages.tell_identity(engine.identity)
        return messages.tell_output(handler(messages.step_of(question.message), engine, question.progress(say)))
    except Withdrawn:
        return messages.WITHDRAWN
    except BadInput as error:
        return messages.tell_bad_input(error)


def _failed(error: BaseException, what: str) -> Message:
    if not isinstance(error, messages.UNUSABLE):
        traceback.print_exception(error)
    return messages.tell_failed(error, what)


def _take_over_stdout() -> Say:
    """Keeps the pipe for messages and sends everything that libraries print to stderr."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines_to(pipe)


def lines_to(pipe: TextIO) -> Say:
    lock = threading.Lock()

    def say(line: str) -> None:
        with lock:
            pipe.write(line)
            pipe.flush()

    return say


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
