"""Demucs 4 (htdemucs, htdemucs_ft) on PyTorch, from a folder of weights; fetches nothing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from aik_audio.batches import Batcher
from aik_audio.memory import loading
from aik_audio.once import made_once
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_events.environment import from_environment
from aik_service.device import Device, DeviceUnavailable, at_once, torch_device
from aik_service.models import Model, ModelUnsuitable, verified
from aik_service.step import EngineIdentity
from demucs.apply import BagOfModels
from demucs.htdemucs import HTDemucs
from demucs.pretrained import get_model

from aik_separator.engine.segments import Cutting, separate_with
from aik_separator.handler import Stems
from aik_separator.settings import DemucsSettings, Precision, SeparatorSettings

DEVICE_SETTING = "AIK_SEPARATOR_DEVICE"


def load() -> "DemucsSeparator":
    """Raises DeviceUnavailable, DeviceTaken, ModelMissing, ModelDamaged."""
    settings, own = from_environment(SeparatorSettings), from_environment(DemucsSettings)
    device = torch_device(settings.device, DEVICE_SETTING)
    if own.precision is Precision.FLOAT16 and settings.device is not Device.CUDA:
        raise DeviceUnavailable("AIK_SEPARATOR_DEMUCS_PRECISION=float16 is for cuda only: leave it out on a CPU.")
    torch.set_num_threads(settings.threads)
    own = own.model_copy(update={"batch": at_once(settings.device, own.batch)})
    return DemucsSeparator(verified(settings.models, own.model), own, device)


class DemucsSeparator:
    """The vocals that the model finds, and the mix without them; memory is bounded by one batch of segments.

    For several threads, whose songs share batches: those are always filled up with silence to one size, since another
    size makes other last digits.

    `demucs` itself first scales the song by the mean and the deviation of the whole of it. Here a song is read once
    and from its start, and that is left out: HTDemucs scales every segment by the segment's own mean and deviation and
    puts them back (`HTDemucs.forward`). What a scale before it changes is how loud a segment is beside an epsilon of
    1e-5, and what lies behind the song's end: silence here, the song's mean there. Nets of another kind, for which it
    would matter, are refused.

    For the rest segments are cut, weighted and joined as `demucs.apply.apply_model` does with `shifts=0`, which makes
    the same stems of the same song every time. No stem is rescaled or clipped. Of a bag, only the nets whose weight
    for the vocals is not zero are run: one of the four of htdemucs_ft.

    In float16 the net alone computes in half precision (autocast, which keeps transforms and sums in float32); segments
    whose numbers overflow are computed again in float32.
    """

    def __init__(self, model: Model, settings: DemucsSettings, device: Any) -> None:
        self._model = model
        self._settings = settings
        self._device = device
        self._net = Batcher(settings.batch, settings.batch_delay_s, self._vocals, self._release, filler=np.zeros_like)
        if device.type == "cuda":  # Else cuDNN may take other algorithms each time, which round in other ways.
            torch.backends.cudnn.deterministic = True
            torch.backends.cudnn.benchmark = False

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(
            name=f"demucs {self._settings.model}",
            version=f"demucs {version('demucs')}, torch {torch.__version__}",
            weights_sha256=self._model.sha256,
            parameters={**self._settings.deciding, "device": self._device.type, "shifts": 0},
        )

    def separate(self, mix: Iterable[Samples]) -> Iterator[Stems]:
        return separate_with(self._net, mix, self._cutting)

    def warm_up(self) -> None:
        """Loads the model and computes a batch of silence; raises ModelUnsuitable, MemoryError."""
        list(self.separate([np.zeros((self._cutting.length, 2), np.float32)]))

    @made_once
    def _bag(self) -> list[tuple[Any, int, float]]:
        """Nets on the device, which of their stems are the vocals, and by how much they count; the sum is 1."""
        with loading():
            return self._loaded()

    def _loaded(self) -> list[tuple[Any, int, float]]:
        loaded = get_model(self._settings.model, repo=self._model.folder)
        bag = loaded if isinstance(loaded, BagOfModels) else BagOfModels([loaded])
        if unsuitable := [reason for net in bag.models for reason in _unsuitable(net)]:
            raise ModelUnsuitable(f"{self._settings.model} {unsuitable[0]}")
        stem = bag.sources.index("vocals")
        counts = [weights[stem] for weights in bag.weights]
        nets = zip(bag.models, counts, strict=True)
        return [(net.eval().to(self._device), stem, count / sum(counts)) for net, count in nets if count]

    @made_once
    def _cutting(self) -> Cutting:
        longest = min(float(net.segment) for net, _, _ in self._bag)
        if (asked := self._settings.segment_s or longest) > longest:
            raise ModelUnsuitable(f"{self._settings.model} takes segments of {longest:g} s at most, not {asked:g}")
        return Cutting(int(asked * SAMPLE_RATE), overlap=self._settings.overlap)

    def _vocals(self, segments: Sequence[Samples]) -> Iterator[Samples]:
        wave = torch.from_numpy(np.stack([samples.T for samples in segments])).to(self._device)
        vocals = self._computed(wave, self._settings.precision).float()
        if self._settings.precision is Precision.FLOAT16:
            finite = torch.isfinite(vocals).flatten(1).all(dim=1)
            if not bool(finite.all()):  # A segment's precision is decided by itself, not by those beside it.
                vocals = torch.where(finite[:, None, None], vocals, self._computed(wave, Precision.FLOAT32))
        return (samples.T for samples in vocals.cpu().numpy())

    def _computed(self, wave: Any, precision: Precision) -> Any:
        half = (
            torch.autocast(self._device.type, dtype=torch.float16) if precision is Precision.FLOAT16 else nullcontext()
        )
        with torch.inference_mode(), half:
            return sum(net(wave)[:, stem] * share for net, stem, share in self._bag)

    def _release(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _unsuitable(net: Any) -> Iterator[str]:
    if not isinstance(net, HTDemucs):
        yield f"is of the kind {type(net).__name__}, which needs the whole song's level: take htdemucs or htdemucs_ft"
    if (net.samplerate, net.audio_channels) != (SAMPLE_RATE, 2):
        yield f"is for {net.audio_channels} channels at {net.samplerate} Hz, not for stereo at {SAMPLE_RATE}"
    if "vocals" not in net.sources:
        yield f"finds {', '.join(net.sources)} and no vocals"
