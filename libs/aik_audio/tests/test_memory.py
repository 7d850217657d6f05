"""What a tool raises where memory runs out while a model loads is a MemoryError, and nothing else is."""

import pytest
from aik_audio.memory import loading


class ToolsOwn(Exception):
    """As ONNX Runtime raises them."""


@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA failed with error out of memory"), ToolsOwn("Failed to allocate memory"), MemoryError()],
)
def test_a_model_that_does_not_fit_is_a_memory_error(error: Exception) -> None:
    with pytest.raises(MemoryError), loading():
        raise error


def test_another_error_while_a_model_loads_stays_what_it_is() -> None:
    with pytest.raises(ToolsOwn, match="no such file"), loading():
        raise ToolsOwn("no such file")
