"""An engine computes on what it was asked for, or says why not and what to do."""

from dataclasses import dataclass, replace

import pytest
from aik_service.device import Device, DeviceUnavailable, Found, at_once, check_onnx_session, onnx_providers, refusal

SETTING = "AIK_SEPARATOR_DEVICE"
GPU = Found("Tool 1.0", knows_cuda=True, gpus=1, visible=None)


@dataclass
class Session:
    providers: list[str]

    def get_providers(self) -> list[str]:
        return self.providers


@pytest.mark.parametrize("found", [GPU, replace(GPU, gpus=0), replace(GPU, knows_cuda=False, gpus=0)])
def test_a_cpu_is_there_for_whoever_asks_for_it(found: Found) -> None:
    assert refusal(Device.CPU, found, SETTING) is None


def test_a_gpu_that_the_tool_can_use_is_used() -> None:
    assert refusal(Device.CUDA, GPU, SETTING) is None


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            replace(GPU, gpus=0),
            "AIK_SEPARATOR_DEVICE is cuda, but Tool 1.0 finds no GPU that it can use here (CUDA_VISIBLE_DEVICES is not"
            " set): give this process a GPU with NVIDIA's driver (nvidia-smi lists them), or set"
            " AIK_SEPARATOR_DEVICE=cpu, which is many times slower.",
        ),
        (
            replace(GPU, gpus=0, visible=""),
            "AIK_SEPARATOR_DEVICE is cuda, but Tool 1.0 finds no GPU that it can use here (CUDA_VISIBLE_DEVICES is '',"
            " which hides every GPU): give this process a GPU with NVIDIA's driver (nvidia-smi lists them), or set"
            " AIK_SEPARATOR_DEVICE=cpu, which is many times slower.",
        ),
        (
            replace(GPU, gpus=0, visible="gpu1,2"),
            "AIK_SEPARATOR_DEVICE is cuda, but Tool 1.0 finds no GPU that it can use here (CUDA_VISIBLE_DEVICES is"
            " 'gpu1,2', and 'gpu1' is no form of it: 0,1 or GPU-… or MIG-…, as nvidia-smi -L prints them): give this"
            " process a GPU with NVIDIA's driver (nvidia-smi lists them), or set AIK_SEPARATOR_DEVICE=cpu, which is"
            " many times slower.",
        ),
        (
            replace(GPU, knows_cuda=False),
            "AIK_SEPARATOR_DEVICE is cuda, but Tool 1.0 is built for CPUs only: install its build for CUDA"
            " (tests/engines/torch/requirements.lock), or set AIK_SEPARATOR_DEVICE=cpu, which is many times slower.",
        ),
    ],
    ids=["no GPU", "hidden", "no form", "built for CPUs"],
)
def test_a_gpu_that_is_not_there_is_refused_with_what_was_found_and_what_to_do(found: Found, sentence: str) -> None:
    assert refusal(Device.CUDA, found, SETTING) == sentence


@pytest.mark.parametrize(
    "visible",
    [
        "0",
        "1,0",
        "GPU-8932f937",
        "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6",
        "MIG-1b2c3d4e-0000-5000-8000-123456789abc",
        "MIG-GPU-8932f937-d72c-4106-c12f-20bd9faed9f6/1/0",
    ],
)
def test_every_form_of_cuda_visible_devices_is_told_as_it_is(visible: str) -> None:
    sentence = refusal(Device.CUDA, replace(GPU, gpus=0, visible=visible), SETTING)
    assert sentence is not None
    assert f"(CUDA_VISIBLE_DEVICES is {visible!r})" in sentence


def test_on_a_cpu_segments_are_computed_one_at_a_time() -> None:
    assert (at_once(Device.CPU, 4), at_once(Device.CUDA, 4)) == (1, 4)


def test_the_cpu_is_no_provider_of_its_own_accord() -> None:
    assert onnx_providers(Device.CUDA) == ["CUDAExecutionProvider"]
    assert onnx_providers(Device.CPU, tensorrt=True) == ["CPUExecutionProvider"]
    assert onnx_providers(Device.CUDA, tensorrt=True) == ["TensorrtExecutionProvider", "CUDAExecutionProvider"]


def test_a_session_that_has_what_was_asked_for_is_used_whatever_stands_behind_it() -> None:
    session = Session(["CUDAExecutionProvider", "CPUExecutionProvider"])
    check_onnx_session(session, onnx_providers(Device.CUDA), SETTING)
    check_onnx_session(Session(["CPUExecutionProvider"]), onnx_providers(Device.CPU), SETTING)


@pytest.mark.parametrize(
    ("providers", "tensorrt", "said"),
    [
        (["CPUExecutionProvider"], False, "AIK_SEPARATOR_DEVICE is cuda, but ONNX Runtime"),
        (["CPUExecutionProvider"], True, "AIK_SEPARATOR_DEVICE is cuda, but ONNX Runtime"),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], True, "can't use TensorRT here"),
    ],
)
def test_a_session_that_would_compute_elsewhere_is_refused(providers: list[str], tensorrt: bool, said: str) -> None:
    with pytest.raises(DeviceUnavailable, match=said):
        check_onnx_session(Session(providers), onnx_providers(Device.CUDA, tensorrt=tensorrt), SETTING)
