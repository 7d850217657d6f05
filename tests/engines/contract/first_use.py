"""What an engine makes at its first use, and whether threads that ask at once would each make it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from aik_audio.once import made_once


def made_by_each_thread(engine: object) -> list[str]:
    """Names of what has no lock, which a cached_property has none of from Python 3.12 on.

    Looked for in the engine, in what it holds, and in those whose methods it lends, as far as they are of this project.
    """
    return [
        f"{cls.__name__}.{name}"
        for part in _parts(engine)
        for cls in type(part).__mro__
        for name, value in vars(cls).items()
        if isinstance(value, cached_property) and not isinstance(value, made_once)
    ]


def _parts(engine: object) -> Iterator[object]:
    seen: set[int] = set()
    waiting: list[Any] = [engine]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen and type(part).__module__.startswith("aik_"):
            seen.add(id(part))
            yield part
            waiting += [getattr(value, "__self__", value) for value in getattr(part, "__dict__", {}).values()]
