"""The child: loads the handler and the engine once, and answers its parent line by line until the pipe closes."""

import json
import os
import queue
import sys
import threading
import traceback
from importlib import import_module
from typing import Any, TextIO

from aik_service.engine_process import messages
from aik_service.step import BadInput, Engine, EngineUnusable, Handler


def load(name: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def main(handler_name: str, engine_name: str) -> None:
    say = _take_over_stdout()
    asked = _read_in_background()
    parts: tuple[Handler[Any], Engine] | None = None
    while True:
        message = asked.get()
        try:
            parts = parts or (load(handler_name), load(engine_name)())
        except Exception as error:
            _tell(say, _failed(error, "The engine can't be loaded"))
        else:
            _tell(say, _answer(message, *parts, say))


def _answer(message: dict[str, Any], handler: Handler[Any], engine: Engine, say: TextIO) -> dict[str, Any]:
    try:
        if message == messages.IDENTIFY:
            return messages.tell_identity(engine.identity)
        output = handler(
            messages.step_of(message), engine, lambda share: _tell(say, {"tell": "progress", "share": share})
        )
        return messages.tell_output(output)
    except BadInput as error:
        return messages.tell_bad_input(error)
    except Exception as error:
        return _failed(error, "The engine broke")


def _failed(error: Exception, what: str) -> dict[str, Any]:
    if not isinstance(error, EngineUnusable):
        traceback.print_exception(error)
    return messages.tell_failed(error, what)


def _tell(say: TextIO, message: dict[str, Any]) -> None:
    say.write(json.dumps(message) + "\n")
    say.flush()


def _take_over_stdout() -> TextIO:
    """Keeps the pipe for messages and sends everything that libraries print to stderr."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return pipe


def _read_in_background() -> "queue.SimpleQueue[dict[str, Any]]":
    """Ends the process as soon as the parent's end of the pipe is closed, even while native code computes."""
    asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return asked


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
