"""Metrics of the GPUs that a process may see; a stand-in has the functions of NVIDIA's library."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
from aik_service.gpu_metrics import export_gpus
from prometheus_client import CollectorRegistry, generate_latest

GB = 1 << 30


class LibraryError(Exception):
    """As NVML raises them."""


@dataclass
class Library:
    """Two GPUs, and a part of the second, which tells no load; `broken` GPUs don't answer."""

    NVMLError = LibraryError
    driver: bool = True
    gpus: int = 2
    broken: set[str] = field(default_factory=set)

    def nvmlInit(self) -> None:
        if not self.driver:
            raise LibraryError("NVML Shared Library Not Found")

    def nvmlDeviceGetCount(self) -> int:
        return self.gpus

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        return ["GPU-aaaa-1", "GPU-bbbb-2"][index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        if uuid != "MIG-bbbb-2-part":
            raise LibraryError("Not Found")
        return uuid

    def nvmlDeviceGetUUID(self, handle: str) -> str:
        return handle

    def nvmlDeviceGetName(self, handle: str) -> str:
        return "NVIDIA H200"

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> Any:
        if handle in self.broken:
            raise LibraryError("GPU is lost")
        used = {"GPU-aaaa-1": 1, "GPU-bbbb-2": 2, "MIG-bbbb-2-part": 3}[handle]
        return SimpleNamespace(used=used * GB, total=140 * GB)

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> Any:
        if handle.startswith("MIG-"):
            raise LibraryError("Not Supported")
        return SimpleNamespace(gpu=25, memory=3)


def told(library: Library, visible: str | None = None) -> dict[str, float]:
    """Each value, by the metric's short name and the GPU."""
    registry = CollectorRegistry()
    export_gpus(library, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}, registry)
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    assert {sample.labels["name"] for sample in samples} <= {"NVIDIA H200"}
    return {f"{sample.name.removeprefix('aik_gpu_')} {sample.labels['gpu']}": sample.value for sample in samples}


FIRST = {
    "memory_used_bytes GPU-aaaa-1": GB,
    "memory_total_bytes GPU-aaaa-1": 140 * GB,
    "load_ratio GPU-aaaa-1": 0.25,
}
SECOND = {
    "memory_used_bytes GPU-bbbb-2": 2 * GB,
    "memory_total_bytes GPU-bbbb-2": 140 * GB,
    "load_ratio GPU-bbbb-2": 0.25,
}
PART = {"memory_used_bytes MIG-bbbb-2-part": 3 * GB, "memory_total_bytes MIG-bbbb-2-part": 140 * GB}


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, FIRST | SECOND),
        ("1", SECOND),
        ("1,0", FIRST | SECOND),
        ("GPU-bbbb", SECOND),
        ("MIG-bbbb-2-part", PART),
        ("", {}),
        ("-1", {}),
        ("7", {}),
        ("MIG-unknown", {}),
    ],
)
def test_memory_and_load_of_the_gpus_that_the_process_may_see_are_told(
    visible: str | None, expected: dict[str, float]
) -> None:
    assert told(Library(), visible) == expected


def test_a_gpu_that_does_not_answer_is_left_out() -> None:
    assert told(Library(broken={"GPU-aaaa-1"})) == SECOND


@pytest.mark.parametrize("library", [Library(driver=False), Library(gpus=0)], ids=["no driver", "no GPU"])
def test_where_there_is_no_gpu_nothing_is_told_and_nothing_fails(library: Library) -> None:
    assert told(library) == {}


@pytest.mark.skipif(find_spec("pynvml") is not None, reason="the library is here")
def test_without_the_library_nothing_is_told_and_nothing_fails() -> None:
    registry = CollectorRegistry()
    export_gpus(None, {}, registry)
    assert generate_latest(registry) == b""
