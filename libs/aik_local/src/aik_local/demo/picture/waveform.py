"""The published peaks, read again."""

import json
from dataclasses import dataclass
from typing import Self

FULL_SCALE = 128


@dataclass(frozen=True)
class Waveform:
    """The lowest and the highest sample of each pixel, −1…1."""

    pixel_s: float
    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        document = json.loads(content)
        data = [value / FULL_SCALE for value in document["data"]]
        return cls(document["samples_per_pixel"] / document["sample_rate"], tuple(data[::2]), tuple(data[1::2]))

    @property
    def seconds(self) -> float:
        return len(self.low) * self.pixel_s

    @property
    def peak(self) -> float:
        return max(max(self.high, default=0.0), -min(self.low, default=0.0))

    def between(self, start_s: float, end_s: float) -> tuple[list[float], tuple[float, ...], tuple[float, ...]]:
        """The middle of each pixel in s, the lowest and the highest samples."""
        first, last = round(start_s / self.pixel_s), round(end_s / self.pixel_s)
        low, high = self.low[first:last], self.high[first:last]
        return [(first + n + 0.5) * self.pixel_s for n in range(len(low))], low, high
