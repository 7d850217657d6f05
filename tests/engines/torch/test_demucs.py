"""demucs keeps the rules of separators; a small net with random weights stands for the learned ones."""

import asyncio
import json
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from aik_audio.level import rms_dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of
from aik_separator.engine.demucs import DemucsSeparator, load
from aik_separator.handler import Stems
from aik_separator.settings import DemucsSettings, Precision
from aik_service.device import DeviceUnavailable
from aik_service.engine_process.messages import ask_handle
from aik_service.models import Model, ModelUnsuitable
from aik_service.step import StepInput
from demucs.api import Separator as DemucsItself

from tests.engines.contract.device import DEVICE
from tests.engines.contract.separator import Make, SeparatorContract, separated, steady
from tests.engines.torch.random_models import SEGMENT_S, demucs_model, other_kind_of_net, small_net

ON = torch.device(DEVICE)


def separator(model: Model, **settings: Any) -> DemucsSeparator:
    return DemucsSeparator(model, DemucsSettings(model=model.card.name, **{"batch": 2, **settings}), ON)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return demucs_model(tmp_path_factory.mktemp("models"), "htdemucs", {"955717e8": small_net(1)})


class TestDemucs(SeparatorContract):
    engine_name = "demucs"
    longest_step = 0.01

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, model: Model) -> Make:
        return lambda: separator(model)

    def test_the_vocals_are_those_that_demucs_itself_finds(self, model: Model, song: Samples, stems: Stems) -> None:
        itself = DemucsItself("htdemucs", repo=model.folder, device=DEVICE, shifts=0, overlap=0.25)
        _, theirs = itself.separate_tensor(torch.from_numpy(song.T.copy()))
        difference = stems.vocals - theirs["vocals"].numpy().T
        last = int(SEGMENT_S * SAMPLE_RATE)
        assert rms_dbfs(stems.vocals) > -40
        assert rms_dbfs(difference[:-last]) < rms_dbfs(stems.vocals) - 70
        # Behind its end demucs continues a song with its mean, and this engine with silence.
        assert rms_dbfs(difference[-last:]) < rms_dbfs(stems.vocals) - 35


def test_a_fine_tuned_bag_runs_the_net_for_the_vocals_alone(tmp_path: Path, song_start: Samples) -> None:
    nets = {"f7e0c4bc": small_net(2), "04573f0d": small_net(3)}
    bag = separator(demucs_model(tmp_path, "htdemucs_ft", nets, [[1.0, 0.0], [0.0, 1.0]]))
    alone = separator(demucs_model(tmp_path, "alone", {"04573f0d": small_net(3)}))

    assert separated(bag, [song_start]).vocals.tobytes() == separated(alone, [song_start]).vocals.tobytes()
    assert len(bag._bag) == 1


def test_it_is_ready_when_it_has_computed_a_batch_of_silence(model: Model) -> None:
    lacking = Lacking(separator(model, batch=2), room=2)
    lacking.engine.warm_up()
    assert lacking.sizes == [2]
    with pytest.raises(MemoryError):
        Lacking(separator(model), room=0).engine.warm_up()


def test_a_song_shares_batches_with_others_and_has_the_same_bytes_as_alone(model: Model, song_start: Samples) -> None:
    alone = Lacking(separator(model, batch=4), room=4)
    stems = alone.separated(song_start)
    company = Lacking(separator(model, batch=4, batch_delay_s=60), room=4)
    both_there = threading.Barrier(2)

    def begun(song: Samples) -> Iterator[Samples]:
        both_there.wait(60)
        yield song

    with ThreadPoolExecutor(2) as pool:
        songs = [begun(song_start), begun(song_start[::-1].copy())]
        first, _ = pool.map(lambda song: separated(company.engine, song), songs)
    assert first.vocals.tobytes() == stems.vocals.tobytes()
    assert (alone.sizes, company.sizes) == ([4], [4])


@pytest.fixture(scope="module")
def song_start() -> Samples:
    noise = np.random.default_rng(1).normal(0, 0.1, (4 * SAMPLE_RATE, 2))
    return noise.astype(np.float32)


def test_where_memory_runs_out_the_batch_gets_smaller_and_the_stems_stay_the_same(
    model: Model, song_start: Samples
) -> None:
    lacking = Lacking(separator(model, batch=8), room=1)
    stems = lacking.separated(song_start)
    assert lacking.sizes == [8, 4, 2, 1, 1]
    assert rms_dbfs(stems.vocals - separated(separator(model), [song_start]).vocals) < rms_dbfs(stems.vocals) - 100


def test_one_segment_that_does_not_fit_is_a_clean_lack_of_memory(model: Model, song_start: Samples) -> None:
    with pytest.raises(MemoryError):
        Lacking(separator(model), room=0).separated(song_start)


class Lacking:
    """A separator whose net has room for so many segments."""

    def __init__(self, engine: DemucsSeparator, room: int) -> None:
        self.sizes: list[int] = []
        self.engine = engine
        ((net, stem, share),) = engine._bag

        def limited(wave: Any) -> Any:
            self.sizes.append(len(wave))
            if len(wave) > room:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return net(wave)

        engine._cutting  # noqa: B018 (read from the net before it is covered)
        engine._bag[0] = (limited, stem, share)

    def separated(self, mix: Samples) -> Stems:
        return separated(self.engine, [mix])


@pytest.mark.parametrize(
    ("net", "settings", "said"),
    [
        (lambda: small_net(1, sources=["drums", "bass"]), {}, "finds drums, bass and no vocals"),
        (lambda: small_net(1, samplerate=48_000), {}, "at 48000 Hz"),
        (other_kind_of_net, {}, "is of the kind HDemucs"),
        (lambda: small_net(1), {"segment_s": 8}, f"takes segments of {float(SEGMENT_S):g} s at most, not 8"),
    ],
)
def test_a_model_that_this_engine_can_not_run_is_refused(
    tmp_path: Path, song_start: Samples, net: Any, settings: dict[str, Any], said: str
) -> None:
    engine = separator(demucs_model(tmp_path, "other", {"aaaaaaaa": net()}), **settings)
    with pytest.raises(ModelUnsuitable, match=said):
        separated(engine, [song_start])


def test_half_precision_is_refused_on_a_cpu(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_MODELS", str(model.folder.parent))
    monkeypatch.setenv("AIK_SEPARATOR_DEVICE", "cpu")
    monkeypatch.setenv("AIK_SEPARATOR_DEMUCS_PRECISION", "float16")
    with pytest.raises(DeviceUnavailable, match="float16 is for cuda only"):
        load()


def test_half_precision_is_close_to_full(model: Model, song_start: Samples) -> None:
    """On a CPU, where nobody is offered it: what a GPU rounds is measured there."""
    half, full = (separated(separator(model, precision=each), [song_start]).vocals for each in Precision)
    assert half.tobytes() != full.tobytes()
    assert rms_dbfs(half - full) < rms_dbfs(full) - 40


def test_a_batch_that_overflows_in_half_precision_is_computed_again_in_full(model: Model, song_start: Samples) -> None:
    engine = separator(model, precision=Precision.FLOAT16)
    ((net, stem, share),) = engine._bag
    engine._cutting  # noqa: B018 (read from the net before it is covered)
    engine._bag[0] = (lambda wave: net(wave) * (np.inf if torch.is_autocast_enabled(DEVICE) else 1), stem, share)

    assert (
        separated(engine, [song_start]).vocals.tobytes() == separated(separator(model), [song_start]).vocals.tobytes()
    )


def test_a_segment_s_precision_is_decided_by_itself_and_not_by_those_in_the_same_batch(
    model: Model, song_start: Samples
) -> None:
    engine = separator(model, precision=Precision.FLOAT16)
    ((net, stem, share),) = engine._bag

    def overflowing(wave: Any) -> Any:
        found = net(wave).clone()
        if torch.is_autocast_enabled(DEVICE):
            found[1] = np.inf
        return found

    segment = song_start[: engine._cutting.length]
    half, full = (next(iter(separator(model, precision=each)._vocals([segment] * 2))) for each in Precision)
    engine._bag[0] = (overflowing, stem, share)
    first, second = engine._vocals([segment] * 2)
    found = {np.asarray(each).tobytes() for each in (first, second)}
    assert found == {np.asarray(each).tobytes() for each in (half, full)}


async def test_a_cancelled_separation_is_dead_within_two_seconds(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "AIK_MODELS": str(model.folder.parent),
        "AIK_SEPARATOR_DEVICE": "cpu",
        "AIK_SEPARATOR_DEMUCS_BATCH": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    source = flac_of(steady(60), tmp_path / "source.flac")
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-m", "aik_service.engine_process.child"]
    command += ["aik_separator.handler:separate", "aik_separator.engine.demucs:load"]
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    step = StepInput(track_id="track", files={"source": source}, out=tmp_path / "out")
    child.stdin.write(json.dumps(ask_handle(step)).encode() + b"\n")
    said = [json.loads(await asyncio.wait_for(child.stdout.readline(), 300))["tell"] for _ in range(2)]
    assert said == ["loaded", "progress"]

    child.stdin.close()  # As when its parent dies: nobody is left to kill it.

    await asyncio.wait_for(child.wait(), 2)


def test_on_cuda_algorithms_are_not_chosen_by_a_race(model: Model) -> None:
    flags = torch.backends.cudnn
    with flags.flags(deterministic=False, benchmark=True):
        DemucsSeparator(model, DemucsSettings(), torch.device("cpu"))
        assert (flags.deterministic, flags.benchmark) == (False, True)
        DemucsSeparator(model, DemucsSettings(), torch.device("cuda"))
        assert (flags.deterministic, flags.benchmark) == (True, False)


def test_a_net_that_does_not_fit_into_the_device_s_memory_is_a_memory_error(model: Model, song_start: Samples) -> None:
    class Full(DemucsSeparator):
        def _loaded(self) -> list[tuple[Any, int, float]]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with pytest.raises(MemoryError):
        separated(Full(model, DemucsSettings(), ON), [song_start])


def test_what_decides_the_stems_is_in_the_identity(model: Model, tmp_path: Path) -> None:
    one = separator(model).identity
    assert separator(model, overlap=0.5).identity != one
    assert separator(demucs_model(tmp_path, "htdemucs", {"955717e8": small_net(2)})).identity != one


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_cuda_that_is_not_there_is_refused_with_a_sentence(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_MODELS", str(model.folder.parent))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(DeviceUnavailable, match=r"AIK_SEPARATOR_DEVICE is cuda, but PyTorch .* finds no GPU"):
        load()
