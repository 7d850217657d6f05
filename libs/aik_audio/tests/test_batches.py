"""Batches: in order, lazily, and smaller when memory runs out."""

from collections.abc import Sequence

import pytest
from aik_audio.batches import in_batches, loading


class Device:
    """Has memory for so many items at once; keeps the sizes of the batches that it was given."""

    def __init__(self, room: int, error: Exception | None = None) -> None:
        self.room = room
        self.error = error or RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        self.sizes: list[int] = []
        self.released = 0

    def work(self, batch: Sequence[int]) -> list[int]:
        self.sizes.append(len(batch))
        if len(batch) > self.room:
            raise self.error
        return [item * 10 for item in batch]

    def release(self) -> None:
        self.released += 1


def test_results_come_in_order_from_full_batches_and_a_last_one_of_what_is_left() -> None:
    device = Device(room=8)
    assert list(in_batches(range(7), 3, device.work, device.release)) == [0, 10, 20, 30, 40, 50, 60]
    assert (device.sizes, device.released) == ([3, 3, 1], 0)
    assert list(in_batches([], 3, device.work, device.release)) == []


def test_no_more_items_are_taken_than_the_batch_has() -> None:
    device = Device(room=8)
    waiting = iter(range(7))
    first = next(in_batches(waiting, 3, device.work, device.release))
    assert (first, next(waiting)) == (0, 3)


class ToolsOwn(Exception):
    """As ONNX Runtime raises them."""


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("CUDA out of memory."),
        RuntimeError("cuBLAS failed with CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
        ToolsOwn("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 8"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_batch_that_does_not_fit_is_halved_and_so_are_those_after_it(error: Exception) -> None:
    device = Device(2, error)
    assert list(in_batches(range(9), 8, device.work, device.release)) == [n * 10 for n in range(9)]
    assert (device.sizes, device.released) == ([8, 4, 2, 2, 2, 2, 1], 2)


def test_half_of_a_last_batch_is_half_of_what_is_in_it() -> None:
    device = Device(1)
    assert list(in_batches(range(2), 16, device.work, device.release)) == [0, 10]
    assert device.sizes == [2, 1, 1]


def test_one_item_that_does_not_fit_is_a_memory_error() -> None:
    device = Device(0)
    with pytest.raises(MemoryError):
        list(in_batches(range(5), 4, device.work, device.release))
    assert (device.sizes, device.released) == ([4, 2, 1], 3)


def test_another_error_is_no_reason_to_try_again() -> None:
    device = Device(0, RuntimeError("CUDA error: an illegal memory access was encountered"))
    with pytest.raises(RuntimeError, match="illegal"):
        list(in_batches(range(5), 4, device.work, device.release))
    assert device.sizes == [4]


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
