"""Work done in batches that shrink when a device's memory runs out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_OUT_OF_MEMORY = ("out of memory", "_status_alloc_failed", "failed to allocate memory", "can't allocate memory")
"""How CUDA and its libraries, PyTorch, CTranslate2 and ONNX Runtime put it, without case, in errors of many types."""


def in_batches(
    items: Iterable[T], size: int, work: Callable[[Sequence[T]], Iterable[R]], release: Callable[[], None]
) -> Iterator[R]:
    """The results of `work` on up to `size` items at a time, in order; items are taken when their batch begins.

    Where memory runs out, `release` is called and the batch is halved from there on, down to one item; then it is a
    MemoryError. Other errors are raised as they are.
    """
    waiting = iter(items)
    batch: list[T] = []
    while True:
        batch += islice(waiting, max(0, size - len(batch)))
        if not batch:
            return
        results = _tried(work, batch[:size])
        if results is None:
            release()
            if size == 1 or len(batch) == 1:
                raise MemoryError("the device's memory is too small for a batch of one")
            size = min(size, len(batch)) // 2
            continue
        batch = batch[size:]
        yield from results


def _tried(work: Callable[[Sequence[T]], Iterable[R]], batch: Sequence[T]) -> list[R] | None:
    """None where memory ran out: by then the error is gone, and with it what its traceback held."""
    try:
        return list(work(batch))
    except Exception as error:  # ONNX Runtime's errors have no base but Exception.
        if not _lacks_memory(error):
            raise
        return None


@contextmanager
def loading() -> Iterator[None]:
    """Around the loading of a model: what a tool raises where memory runs out becomes a MemoryError."""
    try:
        yield
    except Exception as error:
        if isinstance(error, MemoryError) or not _lacks_memory(error):
            raise
        raise MemoryError("the device's memory is too small for the model") from error


def _lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _OUT_OF_MEMORY)
