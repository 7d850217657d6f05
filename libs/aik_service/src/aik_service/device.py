"""Which device an engine computes on: the one that was asked for, or none. Imports neither torch nor onnxruntime."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aik_service.gpu_lock import GpuSettings, cuda_uuid, gpu_id, take_gpu
from aik_service.step import EngineUnusable


class Device(StrEnum):
    """What production engines can be asked to compute on."""

    CUDA = "cuda"
    CPU = "cpu"


class DeviceUnavailable(EngineUnusable):
    """The device that was asked for can't be used, and no other is taken instead: the sentence says what to do."""

    code = "device-unavailable"


@dataclass(frozen=True)
class Found:
    """What there is to compute on, as a tool sees it."""

    tool: str
    """Name and version."""
    knows_cuda: bool
    """Whether this build of the tool could use a GPU at all."""
    gpus: int
    visible: str | None
    """CUDA_VISIBLE_DEVICES, which hides GPUs, or parts of one (MIG), from a process."""


def refusal(asked: Device, found: Found, setting: str) -> str | None:
    """The sentence for an operator, or None where the tool can compute on what the setting asks for."""
    if asked is Device.CPU or (found.knows_cuda and found.gpus > 0):
        return None
    if not found.knows_cuda:
        why = f"{found.tool} is built for CPUs only"
        mend = "install its build for CUDA (tests/engines/torch/requirements.lock)"
    else:
        why = f"{found.tool} finds no GPU that it can use here (CUDA_VISIBLE_DEVICES {_visible(found.visible)})"
        mend = "give this process a GPU with NVIDIA's driver (nvidia-smi lists them)"
    return f"{setting} is cuda, but {why}: {mend}, or set {setting}=cpu, which is many times slower."


def _visible(value: str | None) -> str:
    """Of CUDA_VISIBLE_DEVICES, what it is and where that is the trouble."""
    if value is None:
        return "is not set"
    entries = [entry.strip() for entry in value.split(",")]
    if entries[0] in ("", "-1"):
        return f"is {value!r}, which hides every GPU"
    if strange := [entry for entry in entries if not _ENTRY.fullmatch(entry)]:
        return f"is {value!r}, and {strange[0]!r} is no form of it: 0,1 or GPU-… or MIG-…, as nvidia-smi -L prints them"
    return f"is {value!r}"


_ENTRY = re.compile(r"-?\d+|GPU-[0-9a-f-]+|MIG-[0-9A-Za-z/-]+")


def at_once(device: Device, asked: int) -> int:
    """How many segments a net is given at once there: on a CPU one, whatever was asked for.

    What a batch is filled up with would cost a CPU as much as a song, and there the last digits of a segment's numbers
    can depend on where it stands in a batch (measured with demucs, three segments and two threads).
    """
    return asked if device is Device.CUDA else 1


def torch_device(asked: Device, setting: str, environment: Mapping[str, str] = os.environ) -> Any:
    """torch's device, of which a GPU is this process's from now on; raises DeviceUnavailable, DeviceTaken."""
    import torch

    found = Found(
        tool=f"PyTorch {torch.__version__}",
        knows_cuda=torch.version.cuda is not None,
        gpus=torch.cuda.device_count() if torch.cuda.is_available() else 0,
        visible=environment.get("CUDA_VISIBLE_DEVICES"),
    )
    if sentence := refusal(asked, found, setting):
        raise DeviceUnavailable(sentence)
    take_device(asked, setting, environment)
    return torch.device(asked.value)


def take_device(asked: Device, setting: str, environment: Mapping[str, str] = os.environ) -> None:
    """A GPU is this process's from now on; raises DeviceTaken, DeviceUnavailable. CPUs are everybody's."""
    if asked is Device.CPU:
        return
    gpu, settings = gpu_id(environment.get("CUDA_VISIBLE_DEVICES"), cuda_uuid()), GpuSettings()
    try:
        take_gpu(gpu, setting, settings)
    except OSError as error:
        raise DeviceUnavailable(
            f"The lock of the GPU {gpu} can't be opened ({error}): set AIK_GPU_LOCKS to a folder that every process on"
            " this machine may write to."
        ) from error


ONNX_PROVIDERS = {Device.CUDA: "CUDAExecutionProvider", Device.CPU: "CPUExecutionProvider"}
TENSORRT = "TensorrtExecutionProvider"


def onnx_providers(asked: Device, *, tensorrt: bool = False) -> list[str]:
    """What a session is asked for, the best first. ONNX Runtime itself puts its CPU provider behind any other."""
    return [*([TENSORRT] if tensorrt and asked is Device.CUDA else []), ONNX_PROVIDERS[asked]]


def check_onnx_session(session: Any, asked: Sequence[str], setting: str) -> None:
    """Raises DeviceUnavailable where the session would compute without one of the providers that it was asked for.

    Only the session knows: `get_available_providers` names what was built in, whether or not it can run, and a
    session that can't have what it was asked for says so in its log alone and takes the CPU.
    """
    import onnxruntime

    missing = [provider for provider in asked if provider not in session.get_providers()]
    if not missing:
        return
    built_in = onnxruntime.get_available_providers()
    tool = f"ONNX Runtime {onnxruntime.__version__}"
    if missing == [TENSORRT]:
        raise DeviceUnavailable(
            f"{tool} can't use TensorRT here: install its libraries, or turn TensorRT off to compute with CUDA alone."
        )
    found = Found(
        tool=tool,
        knows_cuda=ONNX_PROVIDERS[Device.CUDA] in built_in,
        gpus=0,
        visible=os.environ.get("CUDA_VISIBLE_DEVICES"),
    )
    raise DeviceUnavailable(refusal(Device.CUDA, found, setting) or f"{tool} lacks {', '.join(missing)}")
