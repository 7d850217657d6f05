"""Work done in batches that several songs share, and that shrink when a device's memory runs out."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Generic, TypeVar

from aik_audio.memory import lacks_memory

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class _Item(Generic[T, R]):
    """One item on its way: it waits, is computed, and has a result or an error."""

    given: T
    caller: "_Caller[T, R]"
    since: float
    result: R | None = None
    error: BaseException | None = None
    done: bool = False


@dataclass(eq=False)
class _Caller(Generic[T, R]):
    key: Hashable
    items: deque[_Item[T, R]] = made(default_factory=deque)
    """Those that it has brought and not been given back, in order."""
    brings_more: bool = True
    """It has items left. One that waits for a result with items left has brought as many as a batch has."""


class Batcher(Generic[T, R]):
    """The results of `work` on up to `size` items at a time, of one caller or of several threads; one batch at a time.

    There is no thread of its own: of those that wait for a result, one computes the batch for all whose items are in
    it. A batch that is not full waits for at most `delay_s` after its first item came, and only while another caller
    may bring more: one that is alone never waits.

    Items with unlike keys are never in one batch; those that came first are computed first. With `filler`, a batch that
    is not full is filled up with what it makes of the batch's first item, and those results are dropped: for tools
    whose numbers depend on the size of the batch.

    Where memory runs out, `release` is called and batches are halved from there on, down to one item; then it is a
    MemoryError. After another error, each caller's items are tried again apart, so that it reaches only those whose
    items fail by themselves. Both leave what waits behind them as it is.
    """

    def __init__(
        self,
        size: int,
        delay_s: float,
        work: Callable[[Sequence[T]], Iterable[R]],
        release: Callable[[], None],
        *,
        filler: Callable[[T], T] | None = None,
    ) -> None:
        self._size = size
        self._delay_s = delay_s
        self._work = work
        self._release = release
        self._filler = filler
        self._waiting: list[_Item[T, R]] = []
        self._callers: list[_Caller[T, R]] = []
        self._computing = False
        self._changed = threading.Condition()

    def results(self, items: Iterable[T], key: Hashable = None) -> Generator[R, None, None]:
        """One result an item, in their order; at most `size` items are taken before their results are given out.

        An iterator that ends early, by an error or because it is closed, takes its waiting items along.
        """
        caller: _Caller[T, R] = _Caller(key)
        coming = iter(items)
        with self._changed:
            self._callers.append(caller)
        try:
            while True:
                if not (caller.items and caller.items[0].done):
                    self._bring(caller, coming)
                if not caller.items:
                    return
                self._have_computed(caller)
                yield _given(caller.items.popleft())
        finally:
            with self._changed:
                self._callers.remove(caller)
                self._waiting = [item for item in self._waiting if item.caller is not caller]
                _forget_errors(caller.items)
                self._changed.notify_all()

    def _bring(self, caller: _Caller[T, R], coming: Iterator[T]) -> None:
        """Items are taken outside of the lock: to make one may take long, or fail."""
        while caller.brings_more and len(caller.items) < self._size:
            try:
                given = next(coming)
            except StopIteration:
                caller.brings_more = False
                return
            with self._changed:
                item = _Item(given, caller, time.monotonic())
                caller.items.append(item)
                self._waiting.append(item)
                self._changed.notify_all()

    def _have_computed(self, caller: _Caller[T, R]) -> None:
        """Returns when the caller's first item is done, by this thread or by another."""
        first = caller.items[0]
        with self._changed:
            while not first.done:
                batch, wait_s = self._next_batch()
                if batch:
                    self._compute(batch)
                else:
                    self._changed.wait(wait_s)

    def _next_batch(self) -> tuple[list[_Item[T, R]], float | None]:
        """The batch whose turn it is, taken from those that wait; or none yet, and how long to wait: None for ever."""
        if self._computing:
            return [], None
        now = time.monotonic()
        wait_s: float | None = None
        for key in dict.fromkeys(item.caller.key for item in self._waiting):
            batch = [item for item in self._waiting if item.caller.key == key][: self._size]
            left_s = batch[0].since + self._delay_s - now
            may_grow = any(caller.brings_more and caller.key == key for caller in self._callers)
            if len(batch) == self._size or not may_grow or left_s <= 0:
                self._waiting = [item for item in self._waiting if item not in batch]
                return batch, None
            wait_s = left_s if wait_s is None else min(wait_s, left_s)
        return [], wait_s

    def _compute(self, batch: list[_Item[T, R]]) -> None:
        """Called with the lock, which is given up meanwhile."""
        self._computing = True
        self._changed.release()
        try:
            self._finish(batch)
        finally:
            self._changed.acquire()
            self._computing = False
            self._waiting = [item for item in batch if not item.done and item.caller in self._callers] + self._waiting
            _forget_errors(item for item in batch if item.caller not in self._callers)
            self._changed.notify_all()

    def _finish(self, batch: Sequence[_Item[T, R]]) -> None:
        """Each item gets its result or its error; where memory ran out, those that did not fit get neither yet."""
        try:
            results = self._results(batch)
        except Exception as error:  # ONNX Runtime's errors have no base but Exception.
            if len(apart := _by_caller(batch)) == 1:
                _settle(batch, error)
            else:
                for items in apart:
                    self._finish(items[: self._size])  # which may be smaller by then: the rest waits
            return
        for item, result in zip(batch, results, strict=False):
            item.result, item.done = result, True

    def _results(self, batch: Sequence[_Item[T, R]]) -> Sequence[R]:
        """None of them where memory ran out: batches are smaller from there on. MemoryError where one is too much."""
        size = self._size if self._filler else len(batch)
        results = _tried(lambda: self._work(self._filled(batch)), size)
        if results is not None:
            return results
        if size > 1:
            self._size = size // 2
        self._release()
        if size == 1:
            raise MemoryError("the device's memory is too small for a batch of one")
        return ()

    def _filled(self, batch: Sequence[_Item[T, R]]) -> list[T]:
        given = [item.given for item in batch]
        if self._filler:
            given += [self._filler(given[0]) for _ in range(self._size - len(given))]
        return given


def _tried(compute: Callable[[], Iterable[R]], size: int) -> list[R] | None:
    """None where memory ran out: by then the error is gone, and with it what its traceback held."""
    try:
        results = list(compute())
    except Exception as error:
        if not lacks_memory(error):
            raise
        return None
    if len(results) != size:
        raise AssertionError(f"{len(results)} results of a batch of {size}")
    return results


def _by_caller(batch: Sequence[_Item[T, R]]) -> list[list[_Item[T, R]]]:
    return [
        [item for item in batch if item.caller is caller] for caller in dict.fromkeys(item.caller for item in batch)
    ]


def _settle(batch: Sequence[_Item[T, R]], error: BaseException) -> None:
    for item in batch:
        item.error, item.done = error, True


def _forget_errors(items: Iterable[_Item[T, R]]) -> None:
    for item in items:
        item.error = None


def _given(item: _Item[T, R]) -> R:
    """An error's traceback leads to the items of its batch: it is left in none, or it would hold itself, and with it
    all that the work held, until the collector of garbage comes."""
    error, item.error = item.error, None
    try:
        if error is not None:
            raise error
        return item.result  # type: ignore[return-value]  # R itself may be optional
    finally:
        del error
