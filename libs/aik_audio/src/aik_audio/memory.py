"""How tools say that a device's memory ran out, and one error for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager

_OUT_OF_MEMORY = ("out of memory", "_status_alloc_failed", "failed to allocate memory", "can't allocate memory")
"""How CUDA and its libraries, PyTorch, CTranslate2 and ONNX Runtime put it, without case, in errors of many types."""


def lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _OUT_OF_MEMORY)


@contextmanager
def loading() -> Iterator[None]:
    """Around the loading of a model: what a tool raises where memory runs out becomes a MemoryError."""
    try:
        yield
    except Exception as error:
        if isinstance(error, MemoryError) or not lacks_memory(error):
            raise
        raise MemoryError("the device's memory is too small for the model") from error
