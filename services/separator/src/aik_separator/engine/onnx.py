"""Any MDX net of two stems on ONNX Runtime, described by a card beside it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import onnxruntime
from aik_audio.batches import Batcher
from aik_audio.memory import loading
from aik_audio.once import made_once
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_events.environment import from_environment
from aik_service.device import Device, DeviceUnavailable, at_once, check_onnx_session, onnx_providers, take_device
from aik_service.models import Model, ModelMissing, ModelUnsuitable, verified
from aik_service.step import EngineIdentity
from pydantic import ValidationError

from aik_separator.engine.mdx import Card, Transform
from aik_separator.engine.segments import Cutting, separate_with
from aik_separator.handler import Stems
from aik_separator.settings import OnnxSettings, SeparatorSettings

DEVICE_SETTING = "AIK_SEPARATOR_DEVICE"
# Chosen by rule and not by a race between algorithms, which another run may end otherwise.
OPTIONS = {"CUDAExecutionProvider": {"cudnn_conv_algo_search": "HEURISTIC"}}


def load() -> "OnnxSeparator":
    """Raises DeviceUnavailable, DeviceTaken, ModelMissing, ModelDamaged, ModelUnsuitable."""
    settings, own = from_environment(SeparatorSettings), from_environment(OnnxSettings)
    if not own.model:
        raise ModelMissing("AIK_SEPARATOR_ONNX_MODEL names no model: it is the name of a folder below AIK_MODELS")
    own = own.model_copy(update={"batch": at_once(settings.device, own.batch)})
    model = verified(settings.models, own.model)
    engine = OnnxSeparator(model, own, settings.device, threads=settings.threads)
    engine.prepare()
    return engine


class OnnxSeparator:
    """The stem that the net finds, and the mix without it; memory is bounded by one batch of segments.

    Segments overlap and are cross-faded; half a window at each of their ends, where the net lacks what lies beside,
    counts for nothing. A segment without a sound has no stems, whatever the net's biases say.

    For several threads, whose songs share batches: those are always filled up with silence to one size, since another
    size may make other last digits.
    """

    def __init__(self, model: Model, settings: OnnxSettings, device: Device, *, threads: int) -> None:
        self._model = model
        self._settings = settings
        self._device = device
        self._threads = threads
        self._card = card_of(model)
        self._transform = Transform(self._card)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(
            name=f"mdx {self._settings.model}",
            version=f"onnxruntime {onnxruntime.__version__}",
            weights_sha256=self._model.sha256,
            parameters={**self._settings.deciding, **self._card.model_dump(), "device": self._device},
        )

    def prepare(self) -> None:
        """Loads the net, unless it is loaded; raises DeviceUnavailable, DeviceTaken, ModelUnsuitable."""
        _ = self._session

    def separate(self, mix: Iterable[Samples]) -> Iterator[Stems]:
        cutting = Cutting(self._card.length, margin=self._card.n_fft // 2, overlap=self._settings.overlap)
        return separate_with(self._net, mix, cutting)

    def warm_up(self) -> None:
        """Loads the net and computes a batch of silence; raises as `prepare`, and MemoryError."""
        list(self.separate([np.zeros((self._card.length, 2), np.float32)]))

    @made_once
    def _net(self) -> Batcher[Samples, Samples]:
        one = self._session.get_inputs()[0].shape[0] == 1
        size = 1 if one else self._settings.batch
        return Batcher(size, self._settings.batch_delay_s, self._vocals, lambda: None, filler=np.zeros_like)

    @made_once
    def _session(self) -> Any:
        asked = onnx_providers(self._device, tensorrt=self._settings.tensorrt)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        take_device(self._device, DEVICE_SETTING)  # before the net takes memory that another process may need
        if self._device is Device.CUDA:
            onnxruntime.preload_dlls()  # CUDA's libraries, from the packages that torch brings.
        try:
            with loading():
                session = onnxruntime.InferenceSession(
                    self._model.file(self._card.file),
                    options,
                    providers=asked,
                    provider_options=[OPTIONS.get(provider, {}) for provider in asked],
                )
        except RuntimeError as error:  # CUDA's; what is wrong with a model has types of ONNX Runtime's own.
            raise DeviceUnavailable(f"{DEVICE_SETTING} is {self._device}, but ONNX Runtime failed: {error}") from error
        check_onnx_session(session, asked, DEVICE_SETTING)
        takes = session.get_inputs()[0].shape[1:]
        if any(isinstance(size, int) and size != wanted for size, wanted in zip(takes, self._shape, strict=True)):
            raise ModelUnsuitable(f"{self._settings.model}'s card says {self._shape}, but the net takes {takes}")
        return session

    @property
    def _shape(self) -> list[int]:
        return [4, self._card.dim_f, self._card.dim_t]

    def _vocals(self, segments: Sequence[Samples]) -> Iterator[Samples]:
        given = np.stack([self._transform.parts(samples) for samples in segments])
        (found,) = self._session.run(None, {self._session.get_inputs()[0].name: given})
        for samples, parts in zip(segments, found, strict=True):
            stem = self._transform.samples(parts) * np.float32(self._card.compensation if samples.any() else 0)
            yield stem if self._card.stem == "vocals" else samples - stem


def card_of(model: Model) -> Card:
    """What `card.json` says; raises ModelMissing, or ModelUnsuitable for what no segment of ours can be."""
    try:
        card = Card.model_validate_json(model.file("card.json").read_text("utf-8"))
    except ValidationError as error:
        raise ModelUnsuitable(f"{model.folder}/card.json: {error}") from error
    if card.sample_rate != SAMPLE_RATE:
        raise ModelUnsuitable(f"{model.folder} is for {card.sample_rate} Hz, not for {SAMPLE_RATE}")
    return card
