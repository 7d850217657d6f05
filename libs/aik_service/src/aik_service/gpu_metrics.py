"""What the GPUs of this machine are doing, by NVIDIA's management library, among a service's metrics."""

import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Protocol

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Nvml(Protocol):
    """As the module pynvml (the package nvidia-ml-py) has them; they raise NVMLError."""

    @property
    def NVMLError(self) -> type[Exception]: ...

    def nvmlInit(self) -> None: ...
    def nvmlDeviceGetCount(self) -> int: ...
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...
    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Any: ...
    def nvmlDeviceGetUUID(self, handle: Any) -> str: ...
    def nvmlDeviceGetName(self, handle: Any) -> str: ...
    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any: ...
    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any: ...


class GpuCollector(Collector):
    """Asks at every scrape. Of a GPU that doesn't answer nothing is told, and a part of one (MIG) tells no load."""

    def __init__(self, nvml: Nvml, visible: str | None) -> None:
        self._nvml = nvml
        self._visible = visible

    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = ["gpu", "name"]
        used = GaugeMetricFamily("aik_gpu_memory_used_bytes", "Memory that all processes use on a GPU", labels=labels)
        total = GaugeMetricFamily("aik_gpu_memory_total_bytes", "Memory that a GPU has", labels=labels)
        load = GaugeMetricFamily(
            "aik_gpu_load_ratio", "Share of the last second in which a GPU computed", labels=labels
        )
        for handle in self._handles():
            try:
                gpu = [self._nvml.nvmlDeviceGetUUID(handle), self._nvml.nvmlDeviceGetName(handle)]
                memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
                used.add_metric(gpu, memory.used)
                total.add_metric(gpu, memory.total)
                load.add_metric(gpu, self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100)
            except self._nvml.NVMLError:
                continue
        yield from (family for family in (used, total, load) if family.samples)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: else the registry would ask for all of it when this is registered."""
        return iter(())

    def _handles(self) -> list[Any]:
        """Of the GPUs that this process may see, in its own order."""
        try:
            every = [self._nvml.nvmlDeviceGetHandleByIndex(n) for n in range(self._nvml.nvmlDeviceGetCount())]
            if self._visible is None:
                return every
            found = [self._handle(entry.strip(), every) for entry in self._visible.split(",")]
        except self._nvml.NVMLError:
            return []
        return [handle for handle in found if handle is not None]

    def _handle(self, entry: str, every: list[Any]) -> Any | None:
        """Of one entry of CUDA_VISIBLE_DEVICES: a number, the beginning of a GPU's id, or the id of a part of one."""
        if re.fullmatch(r"\d+", entry):
            return every[int(entry)] if int(entry) < len(every) else None
        if entry.startswith("MIG-"):
            return self._nvml.nvmlDeviceGetHandleByUUID(entry)
        begins = (handle for handle in every if entry and self._nvml.nvmlDeviceGetUUID(handle).startswith(entry))
        return next(begins, None)


def export_gpus(
    nvml: Nvml | None = None,
    environment: Mapping[str, str] = os.environ,
    registry: CollectorRegistry = REGISTRY,
) -> None:
    """From now on /metrics tells of the GPUs; of none where the library, its driver or a GPU is missing."""
    nvml = nvml or _installed()
    if nvml is None:
        return
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return
    registry.register(GpuCollector(nvml, environment.get("CUDA_VISIBLE_DEVICES")))


def _installed() -> Nvml | None:
    if find_spec("pynvml") is None:
        return None
    import pynvml

    module: Nvml = pynvml
    return module
