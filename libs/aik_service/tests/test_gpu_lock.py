"""A GPU is one engine process's; another one is told who has it, and what to do."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aik_service.device import Device, DeviceUnavailable, take_device
from aik_service.gpu_lock import GpuSettings, cuda_uuid, gpu_id, take_gpu

SETTING = "AIK_SEPARATOR_DEVICE"
GPU = "8932f937-d72c-4106-c12f-20bd9faed9f6"
TAKES = """
import os, sys
from pathlib import Path
from aik_service.gpu_lock import DeviceTaken, GpuSettings, take_gpu
if int(sys.argv[4]) != os.geteuid():
    os.setuid(int(sys.argv[4]))
settings = GpuSettings(locks=Path(sys.argv[2]), shared=sys.argv[3] == "shared", wait_s=0)
try:
    take_gpu(sys.argv[1], "AIK_ASR_DEVICE", settings)
    print("has it", flush=True)
    sys.stdin.read()
except DeviceTaken as error:
    print(error.code, error, flush=True)
"""

Takes = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    """Starts a process that takes the GPU and holds it until its stdin is closed."""
    started: list[subprocess.Popen[str]] = []

    def take(
        gpu: str = GPU,
        *,
        shared: bool = False,
        umask: int = 0o022,
        uid: int = os.geteuid(),
        locks: Path = tmp_path / "locks",
    ) -> "subprocess.Popen[str]":
        how = "shared" if shared else "alone"
        command = [sys.executable, "-c", TAKES, gpu, str(locks), how, str(uid)]
        process = subprocess.Popen(  # noqa: S603 (ours)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, umask=umask
        )
        started.append(process)
        return process

    yield take
    for process in started:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_told_which_one_has_the_gpu_and_what_to_do(takes: Takes) -> None:
    first = takes()
    assert said(first) == "has it"
    assert said(takes()) == (
        f"device-taken AIK_ASR_DEVICE is cuda, but process {first.pid} on {socket.gethostname()} computes on the GPU"
        f" {GPU} already, and one engine process has a GPU for itself: end that one, or give this one another GPU"
        " (CUDA_VISIBLE_DEVICES); where their models fit into its memory together, set AIK_GPU_SHARED=true for both."
        " More jobs at once need no second process: AIK_JOBS."
    )


def test_another_gpu_and_another_part_of_one_are_not_taken(takes: Takes) -> None:
    parts = [takes(f"MIG-GPU-{GPU}/{part}/0") for part in (1, 2)]
    assert [said(process) for process in (*parts, takes())] == ["has it"] * 3


def test_a_gpu_is_free_when_its_process_is_killed(takes: Takes) -> None:
    first = takes()
    assert said(first) == "has it"
    first.kill()
    first.wait()
    assert said(takes()) == "has it"


def test_one_that_is_ending_is_waited_for(takes: Takes, tmp_path: Path) -> None:
    first = takes()
    assert said(first) == "has it"
    first.kill()  # and its end is not waited for
    take_gpu(GPU, SETTING, GpuSettings(locks=tmp_path / "locks", wait_s=60))
    os.close(_given_back(GPU))


def test_processes_that_all_say_so_share_a_gpu_and_no_other_one(takes: Takes) -> None:
    shared = [takes(shared=True) for _ in range(2)]
    assert [said(process) for process in shared] == ["has it"] * 2
    assert said(takes()).startswith("device-taken")


def test_a_gpu_that_one_has_for_itself_is_not_shared_with_it(takes: Takes) -> None:
    assert said(takes()) == "has it"
    assert said(takes(shared=True)).startswith("device-taken")


def test_a_process_may_ask_twice(tmp_path: Path) -> None:
    for _ in range(2):
        take_gpu("twice", SETTING, GpuSettings(locks=tmp_path, wait_s=0))
    os.close(_given_back("twice"))


def _given_back(gpu: str) -> int:
    """So that the test's process doesn't hold it; engines hold it until they end."""
    from aik_service.gpu_lock import _HELD

    return _HELD.pop(gpu)


def test_a_lock_that_can_not_be_opened_is_no_gpu_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AIK_GPU_LOCKS", str(tmp_path / "file"))
    with pytest.raises(DeviceUnavailable, match=r"can't be opened .* set AIK_GPU_LOCKS to a folder") as refused:
        take_device(Device.CUDA, SETTING)
    assert refused.value.code == "device-unavailable"


def test_processes_of_every_user_may_use_the_locks_whatever_the_umask(takes: Takes, tmp_path: Path) -> None:
    assert said(takes(umask=0o077)) == "has it"
    folder = tmp_path / "locks"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / GPU)] == [0o1777, 0o666]


def test_a_folder_that_is_there_keeps_its_mode(takes: Takes, tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir(mode=0o700)
    assert said(takes()) == "has it"
    assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become other users")
def test_another_user_s_process_is_told_who_has_the_gpu_and_has_it_afterwards(takes: Takes) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for its user alone
        Path(folder).chmod(0o755)
        locks = Path(folder, "locks")
        assert said(takes("another", locks=locks)) == "has it"  # and has made the folder
        first = takes(uid=1234, locks=locks)
        assert said(first) == "has it"
        holder = f"device-taken AIK_ASR_DEVICE is cuda, but process {first.pid} "
        assert said(takes(uid=4321, locks=locks)).startswith(holder)
        first.kill()
        first.wait()
        assert said(takes(uid=4321, locks=locks)) == "has it"


@pytest.mark.parametrize(
    ("visible", "found", "known"),
    [
        (None, GPU, GPU),
        ("1", GPU, GPU),
        ("GPU-8932f937", GPU, GPU),
        (None, None, "0"),
        ("", None, "0"),
        ("2,0", None, "2"),
        (f"GPU-{GPU}", None, GPU),
        (f"MIG-{GPU},1", None, GPU),
        (f"MIG-GPU-{GPU}/1/0", None, f"GPU-{GPU}/1/0"),
    ],
)
def test_a_gpu_is_known_by_cuda_s_id_or_else_by_what_the_process_may_see(
    visible: str | None, found: str | None, known: str
) -> None:
    assert gpu_id(visible, found) == known


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="a driver is here")
def test_where_there_is_no_driver_nobody_knows_the_gpu() -> None:
    assert cuda_uuid() is None
