"""What MDX nets are given and give back: the lowest bins of a stereo spectrum, real and imaginary parts apart."""

from typing import Literal

import numpy as np
from aik_audio.samples import SAMPLE_RATE, Samples
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Parts = NDArray[np.float32]
"""(4, dim_f, dim_t): left real, left imaginary, right real, right imaginary."""


class Card(BaseModel):
    """What a net of the kind MDX (Kim et al., 2021, arXiv:2111.12203) says of itself only by how it was trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(description="the ONNX file beside the card")
    stem: Literal["vocals", "accompaniment"] = Field(description="what the net finds; the other is the rest")
    n_fft: int = Field(gt=0, multiple_of=2, description="samples of a window")
    hop: int = Field(gt=0, description="samples from a window to the next")
    dim_f: int = Field(gt=0, description="bins that the net knows, from 0 Hz up")
    dim_t: int = Field(gt=1, description="windows of a segment")
    compensation: float = Field(default=1, gt=0, description="what the net's estimate is multiplied by")
    sample_rate: int = Field(default=SAMPLE_RATE, description="Hz")

    @model_validator(mode="after")
    def _fits(self) -> "Card":
        if self.dim_f > self.n_fft // 2 + 1:
            raise ValueError(f"dim_f is {self.dim_f}, but n_fft {self.n_fft} has {self.n_fft // 2 + 1} bins")
        if self.n_fft % self.hop or self.hop > self.n_fft // 2:
            raise ValueError(f"windows of {self.n_fft} samples don't overlap evenly every {self.hop}")
        if self.length <= self.n_fft:
            raise ValueError(f"a segment of {self.length} samples has nothing inside its margins")
        return self

    @property
    def length(self) -> int:
        """Samples of a segment: its windows are centered on 0, hop, 2·hop … and its last sample."""
        return self.hop * (self.dim_t - 1)


class Transform:
    """As torch.stft and torch.istft with center=True and a periodic Hann window, which these nets were trained with."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(card.n_fft) / card.n_fft)).astype(np.float32)
        self._weight = self._overlapped(np.broadcast_to(self._window**2, (1, card.dim_t, card.n_fft)))

    def parts(self, samples: Samples) -> Parts:
        """Of one segment, (length, 2)."""
        card = self._card
        wide = np.pad(samples.T, ((0, 0), (card.n_fft // 2, card.n_fft // 2)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(wide, card.n_fft, axis=1)[:, :: card.hop]
        spectrum = np.fft.rfft(windows * self._window, axis=2)[:, :, : card.dim_f].transpose(0, 2, 1)
        return np.stack([spectrum.real, spectrum.imag], axis=1).reshape(4, card.dim_f, card.dim_t).astype(np.float32)

    def samples(self, parts: Parts) -> Samples:
        """The segment that has these parts, with nothing above the bins that the net knows."""
        card = self._card
        apart = parts.reshape(2, 2, card.dim_f, card.dim_t)
        spectrum = np.zeros((2, card.dim_t, card.n_fft // 2 + 1), np.complex64)
        spectrum[:, :, : card.dim_f] = (apart[:, 0] + 1j * apart[:, 1]).transpose(0, 2, 1)
        frames = np.fft.irfft(spectrum, card.n_fft, axis=2).astype(np.float32) * self._window
        wave: Samples = (self._overlapped(frames) / self._weight).T
        return wave

    def _overlapped(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(channels, windows, n_fft) added up, from the middle of the first window to that of the last."""
        card = self._card
        wave = np.zeros((frames.shape[0], card.length + card.n_fft), np.float32)
        for index in range(card.dim_t):
            wave[:, index * card.hop : index * card.hop + card.n_fft] += frames[:, index]
        return wave[:, card.n_fft // 2 : -(card.n_fft // 2)]
