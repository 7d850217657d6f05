"""What several threads ask for and one of them makes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Generic, Self, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")


class made_once(cached_property[V]):
    """A cached_property for threads: the first that asks makes it, and the others wait. What fails is tried again."""

    def __init__(self, make: Callable[[Any], V]) -> None:
        super().__init__(make)
        self._making = threading.RLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> V: ...
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | V:
        with self._making:
            return super().__get__(instance, owner)


class OneAtATime(Generic[K, V]):
    """One thing of several by its key: several threads use it, and another one is made when nobody does any more.

    Whoever wants another one comes before those that ask later, so that nobody waits for ever. `release` is called when
    the thing of before is gone.
    """

    def __init__(self, make: Callable[[K], V], release: Callable[[], None]) -> None:
        self._make = make
        self._release = release
        self._made: tuple[K, V] | None = None
        self._users = 0
        self._door = threading.Lock()
        self._left = threading.Condition()

    @contextmanager
    def of(self, key: K) -> Iterator[V]:
        with self._door:
            thing = self._thing(key)
        try:
            yield thing
        finally:
            with self._left:
                self._users -= 1
                self._left.notify_all()

    def _thing(self, key: K) -> V:
        if self._made is None or self._made[0] != key:
            with self._left:
                self._left.wait_for(lambda: self._users == 0)
            self._made = None
            self._release()
            self._made = (key, self._make(key))
        with self._left:
            self._users += 1
        return self._made[1]
