"""An MDX net on ONNX Runtime keeps the rules of separators; a small one with random weights stands for learned ones."""

import fcntl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aik_audio.level import rms_dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_separator.engine.mdx import Card, Transform
from aik_separator.engine.onnx import OnnxSeparator, load
from aik_separator.settings import OnnxSettings
from aik_service.device import Device, DeviceUnavailable
from aik_service.gpu_lock import DeviceTaken, cuda_uuid, gpu_id
from aik_service.models import Model, ModelMissing, ModelUnsuitable
from aik_service.models.catalogue import catalogue
from aik_service.models.storing import stored

from tests.engines.contract.device import DEVICE
from tests.engines.contract.separator import Make, SeparatorContract, separated
from tests.engines.small_mdx import CARD, small_mdx


def separator(model: Model, **settings: Any) -> OnnxSeparator:
    return OnnxSeparator(model, OnnxSettings(model=model.card.name, **settings), DEVICE, threads=2)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return small_mdx(tmp_path_factory.mktemp("models"))


class TestOnnx(SeparatorContract):
    engine_name = "onnx"
    longest_step = 0.002

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, net: Model) -> Make:
        return lambda: separator(net)


@pytest.fixture
def noise() -> Samples:
    wave = np.random.default_rng(1).normal(0, 0.1, (2 * SAMPLE_RATE, 2))
    return wave.astype(np.float32)


def test_what_the_transform_takes_apart_it_puts_together(noise: Samples) -> None:
    card = Card(**{**CARD, "dim_f": 1025})
    transform = Transform(card)
    samples = noise[: card.length]
    parts = transform.parts(samples)
    assert parts.shape == (4, 1025, 128)
    np.testing.assert_allclose(transform.samples(parts), samples, atol=1e-5)


def test_a_tone_on_the_right_lies_in_its_bin_of_the_right_parts() -> None:
    card = Card(**CARD)
    wave = np.zeros((card.length, 2), np.float32)
    wave[:, 1] = np.cos(2 * np.pi * 100 * np.arange(card.length) / card.n_fft)
    parts = Transform(card).parts(wave)
    assert not parts[:2].any()
    assert np.hypot(parts[2], parts[3])[:, 60].argmax() == 100


def test_it_is_ready_when_it_has_computed_a_batch_of_silence(net: Model) -> None:
    sizes: list[int] = []

    class Counting(OnnxSeparator):
        def _vocals(self, segments: Sequence[Samples]) -> Iterator[Samples]:
            sizes.append(len(segments))
            assert not np.any(segments)
            return super()._vocals(segments)

    Counting(net, OnnxSettings(model=net.card.name, batch=3), DEVICE, threads=2).warm_up()
    assert sizes == [3]


def test_the_net_s_stem_is_the_one_that_its_card_names(tmp_path: Path, noise: Samples) -> None:
    vocals, rest = (small_mdx(tmp_path, stem, stem=stem) for stem in ("vocals", "accompaniment"))
    of_vocals, of_rest = separated(separator(vocals), [noise]), separated(separator(rest), [noise])
    np.testing.assert_allclose(of_vocals.vocals, of_rest.accompaniment, atol=1e-5)


def test_the_stem_is_multiplied_by_the_card_s_compensation(tmp_path: Path, noise: Samples) -> None:
    plain, twice = (small_mdx(tmp_path, str(factor), compensation=factor) for factor in (1, 2))
    one, two = (separated(separator(folder), [noise]).vocals for folder in (plain, twice))
    np.testing.assert_allclose(2 * one, two, atol=1e-5)


def test_a_net_made_for_one_segment_at_a_time_is_given_one(tmp_path: Path, net: Model, noise: Samples) -> None:
    one = separator(small_mdx(tmp_path, batch=1))
    assert rms_dbfs(separated(one, [noise]).vocals - separated(separator(net), [noise]).vocals) < -100


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dim_t": 64}, r"card says \[4, 768, 64\], but the net takes \[4, 768, 128\]"),
        ({"sample_rate": 48_000}, "is for 48000 Hz"),
        ({"dim_f": 2048}, "n_fft 2048 has 1025 bins"),
        ({"hop": 1500}, "don't overlap evenly"),
        ({"stem": "drums"}, "vocals"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelUnsuitable, match=said):
        separator(small_mdx(tmp_path, **changes)).prepare()


def test_a_model_without_a_card_or_without_the_net_that_its_card_names_is_refused(tmp_path: Path) -> None:
    about = {"name": "bare", "kind": "mdx", "revision": "", "source": "test", "licence": "MIT"}
    bare = stored(tmp_path, about, lambda folder: (folder / "net.onnx").touch(), expected={}, replace=False)
    with pytest.raises(ModelMissing, match=r"has no file card\.json"):
        separator(bare)
    with pytest.raises(ModelMissing, match=r"has no file \.\./net\.onnx"):
        separator(small_mdx(tmp_path, file="../net.onnx")).prepare()


def test_the_cards_of_the_catalogue_are_cards() -> None:
    cards = [entry.texts["card.json"] for entry in catalogue().values() if entry.kind == "mdx"]
    assert cards
    for card in cards:
        Card.model_validate_json(card)


def test_what_decides_the_stems_is_in_the_identity(tmp_path: Path, net: Model) -> None:
    one = separator(net).identity
    assert separator(net, overlap=0.5).identity != one
    assert separator(small_mdx(tmp_path, seed=2)).identity != one


@pytest.mark.skipif(DEVICE is Device.CUDA, reason="a GPU is here")
@pytest.mark.filterwarnings("ignore:Specified provider")
@pytest.mark.parametrize("tensorrt", ["false", "true"])
def test_cuda_that_is_not_there_is_refused_with_a_sentence(
    net: Model, monkeypatch: pytest.MonkeyPatch, tensorrt: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIK_GPU_LOCKS", str(tmp_path))
    monkeypatch.setenv("AIK_SEPARATOR_ONNX_TENSORRT", tensorrt)
    monkeypatch.setenv("AIK_MODELS", str(net.folder.parent))
    monkeypatch.setenv("AIK_SEPARATOR_ONNX_MODEL", net.card.name)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(DeviceUnavailable, match="AIK_SEPARATOR_DEVICE is cuda, but ONNX Runtime"):
        load()


@pytest.mark.skipif(DEVICE is Device.CUDA, reason="this process has the GPU that is here")
def test_a_gpu_that_another_process_has_is_refused_before_the_net_takes_its_memory(
    net: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {"GPU_LOCKS": str(tmp_path), "GPU_WAIT_S": "0"}.items():
        monkeypatch.setenv(f"AIK_{name}", value)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-taken")
    with (tmp_path / gpu_id("GPU-taken", cuda_uuid())).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DeviceTaken):
            OnnxSeparator(net, OnnxSettings(model=net.card.name), Device.CUDA, threads=2).prepare()
