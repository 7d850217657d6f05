"""One engine process a GPU: it holds a lock while it lives, and who comes second is refused."""

import ctypes
import fcntl
import os
import socket
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_service.step import EngineUnusable

_STEP_S = 0.1
_HELD: dict[str, int] = {}
"""Of this process: the open file of each GPU's lock, which the system gives back when the process ends."""


class GpuSettings(BaseSettings):
    """Of this process and its neighbours on the machine: `AIK_GPU_…`."""

    model_config = SettingsConfigDict(env_prefix="AIK_GPU_")

    shared: bool = Field(default=False, description="use the GPU beside other processes that say so too")
    locks: Path = Field(
        default_factory=lambda: Path(tempfile.gettempdir(), "aik-gpus"), description="where the locks of GPUs lie"
    )
    wait_s: float = Field(default=10, ge=0, description="how long the lock of a process that is ending is waited for")


class DeviceTaken(EngineUnusable):
    """Another process computes on this GPU: the sentence says which, and what to do."""

    code = "device-taken"


def gpu_id(visible: str | None, found: str | None) -> str:
    """What processes know the first GPU by that they see: CUDA's id of it, or else their CUDA_VISIBLE_DEVICES."""
    first = (visible or "").partition(",")[0].strip()
    return found or first.removeprefix("GPU-").removeprefix("MIG-") or "0"


def cuda_uuid() -> str | None:
    """The id of the GPU, or of the part of one (MIG), that this process sees first; None where CUDA can't tell.

    By the driver's cuDeviceGetUuid_v2, since it tells the parts of a GPU from one another, and takes no memory there.
    """
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        device, found = ctypes.c_int(), (ctypes.c_ubyte * 16)()
        calls = (
            (driver.cuInit, 0),
            (driver.cuDeviceGet, ctypes.byref(device), 0),
            (driver.cuDeviceGetUuid_v2, found, device),
        )
    except (OSError, AttributeError):  # no driver, or one that is older than CUDA 11.4
        return None
    if any(call(*arguments) != 0 for call, *arguments in calls):
        return None
    return str(uuid.UUID(bytes=bytes(found)))


def take_gpu(gpu: str, setting: str, settings: GpuSettings) -> None:
    """Holds the GPU for the rest of this process's life; taken twice by one process, it is held once.

    Raises DeviceTaken where another process has it, unless both share it, and OSError where its lock can't be opened.
    One that was killed a moment ago is waited for: the system takes a while to end it.
    """
    if gpu in _HELD:
        return
    _make_folder(settings.locks)
    file = _opened(settings.locks / gpu.replace("/", "_"))
    if not _locked(file, fcntl.LOCK_SH if settings.shared else fcntl.LOCK_EX, settings.wait_s):
        holder = os.pread(file, 200, 0).decode(errors="replace") or "another process"
        os.close(file)
        raise DeviceTaken(
            f"{setting} is cuda, but {holder} computes on the GPU {gpu} already, and one engine process has a GPU for"
            " itself: end that one, or give this one another GPU (CUDA_VISIBLE_DEVICES); where their models fit into"
            " its memory together, set AIK_GPU_SHARED=true for both. More jobs at once need no second process:"
            " AIK_JOBS."
        )
    _HELD[gpu] = file
    os.ftruncate(file, 0)
    os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)


def _make_folder(folder: Path) -> None:
    """For processes of every user, whatever the umask; one that is there keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):  # another user's process was faster
            folder.chmod(0o1777)


def _opened(path: Path) -> int:
    """Made only where it isn't there: Linux lets nobody make another user's file anew (fs.protected_regular)."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        with suppress(FileNotFoundError):
            return os.open(path, flags)
        with suppress(FileExistsError):  # another process was faster
            file = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
            os.fchmod(file, 0o666)
            return file


def _locked(file: int, how: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_STEP_S)
        else:
            return True
