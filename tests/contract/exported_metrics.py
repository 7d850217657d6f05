"""The metrics that the code exports, as its registries have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from aik_service.gpu_metrics import GpuCollector
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

MODULES = (
    "aik_service.metrics",
    "aik_gateway.metrics",
    "aik_gateway.readmodel.generations",
    "aik_notifier.metrics",
)
TYPES: tuple[type[MetricWrapperBase], ...] = (Counter, Gauge, Histogram)


@dataclass(frozen=True)
class Exported:
    """`name` as it is scraped: a counter's with `_total`, a histogram's without the ends of its series."""

    name: str
    type: str
    labels: frozenset[str]

    @property
    def series(self) -> frozenset[str]:
        ends = ("_bucket", "_sum", "_count") if self.type == "histogram" else ("",)
        return frozenset(self.name + end for end in ends)


class OneGpu:
    """As pynvml tells of one."""

    NVMLError = RuntimeError
    memory = used = total = gpu = 1

    def nvmlInit(self) -> None: ...
    def nvmlDeviceGetCount(self) -> int:
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:
        return 0

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return "GPU-1"

    def nvmlDeviceGetName(self, handle: int) -> str:
        return "a GPU"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> "OneGpu":
        return self

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> "OneGpu":
        return self


def exported() -> dict[str, Exported]:
    """By name."""
    return {each.name: each for each in (*_declared(), *_of_gpus())}


def _declared() -> Iterator[Exported]:
    for module in map(import_module, MODULES):
        for metric in vars(module).values():
            if isinstance(metric, TYPES):
                [family] = metric.describe()
                name = f"{family.name}_total" if family.type == "counter" else family.name
                yield Exported(name, family.type, frozenset(metric._labelnames))  # nothing public tells them


def _of_gpus() -> Iterator[Exported]:
    for family in GpuCollector(OneGpu(), None).collect():
        yield Exported(family.name, family.type, frozenset(family.samples[0].labels))
