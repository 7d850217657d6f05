"""A song cut into overlapping segments of one length, and what became of them joined again by cross-fades."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from aik_audio.batches import Batcher
from aik_audio.samples import Samples
from numpy.typing import NDArray

from aik_separator.handler import Stems

Weight = NDArray[np.float32]


@dataclass(frozen=True)
class Segment:
    """`samples` are as long as every segment; `inside` is the part of them that the segment stands for."""

    samples: Samples
    inside: slice


def cut(mix: Iterable[Samples], length: int, stride: int) -> Iterator[Segment]:
    """Segments that begin every `stride` samples; those that reach beyond the song's end are moved back.

    A last segment has what lies before it in the song, not silence alone, beside the part that it stands for: the part
    lies in its middle, as with `demucs.apply.TensorChunk.padded`. Memory: one segment and a half.
    """
    before = length // 2
    held = np.zeros((before, 2), np.float32)
    for block in mix:
        held = np.concatenate([held, block])
        while len(held) - before >= length:
            yield Segment(held[before : before + length], slice(0, length))
            held = held[stride:]
    while (left := len(held) - before) > 0:
        moved = (length - left) // 2
        samples = held[before - moved :]
        yield Segment(np.pad(samples, ((0, length - len(samples)), (0, 0))), slice(moved, moved + left))
        held = held[stride:]


def triangle(length: int, margin: int = 0) -> Weight:
    """Weights of a segment's samples: highest in the middle, nothing in the margins, where its estimate is poor.

    Overlapping, the slopes give linear cross-fades, as in `demucs.apply.apply_model` with transition_power 1.
    """
    inner = length - 2 * margin
    rising = np.arange(1, inner // 2 + 1)
    slopes = np.concatenate([rising, np.arange(inner - inner // 2, 0, -1)])
    return np.pad(slopes / slopes.max(), margin).astype(np.float32)


class Joined:
    """Adds up weighted segments, given in order, and gives out what no later segment reaches."""

    def __init__(self, weight: Weight, stride: int) -> None:
        self._weight = weight[:, np.newaxis]
        self._stride = stride
        self._sum = np.zeros((0, 2), np.float32)
        self._weights = np.zeros((0, 1), np.float32)

    def add(self, inside: Samples) -> Samples:
        """The next `stride` samples, fewer at the song's end."""
        missing = ((0, len(inside) - len(self._sum)), (0, 0))
        weight = self._weight[: len(inside)]
        total = np.pad(self._sum, missing) + inside * weight
        weights = np.pad(self._weights, missing) + weight
        self._sum, self._weights = total[self._stride :], weights[self._stride :]
        joined: Samples = total[: self._stride] / np.maximum(weights[: self._stride], np.float32(1e-8))
        return joined


class Waiting:
    """The mix from where its vocals are not known yet."""

    def __init__(self) -> None:
        self._mix = np.zeros((0, 2), np.float32)

    def seen(self, mix: Iterable[Samples]) -> Iterator[Samples]:
        for block in mix:
            self._mix = np.concatenate([self._mix, block])
            yield block

    def split(self, vocals: Samples) -> Stems:
        """The stems of the next samples, given their vocals, which may reach beyond the mix's end."""
        vocals = vocals[: len(self._mix)]
        mix, self._mix = self._mix[: len(vocals)], self._mix[len(vocals) :]
        return Stems(vocals, mix - vocals)


@dataclass(frozen=True)
class Cutting:
    """How a net is given a song: segments of `length` samples that overlap by a share of what is inside the margins."""

    length: int
    margin: int = 0
    overlap: float = 0.25

    @property
    def stride(self) -> int:
        return int((1 - self.overlap) * (self.length - 2 * self.margin))


def separate_with(net: Batcher[Samples, Samples], mix: Iterable[Samples], cutting: Cutting) -> Iterator[Stems]:
    """The vocals that the net finds, and the mix without them. Memory is bounded by one batch of segments.

    The net is given segments, (cutting.length, 2), and answers with the vocals of each.
    """
    waiting = Waiting()
    joined = Joined(triangle(cutting.length, cutting.margin), cutting.stride)
    asked: deque[slice] = deque()

    def segments() -> Iterator[Samples]:
        for segment in cut(_widened(waiting.seen(mix), cutting.margin), cutting.length, cutting.stride):
            asked.append(segment.inside)
            yield segment.samples

    # The first samples to come out lie before the song's start.
    early = cutting.margin
    for found in net.results(segments()):
        vocals = joined.add(found[asked.popleft()])
        yield waiting.split(vocals[early:])
        early = max(0, early - len(vocals))


def _widened(mix: Iterable[Samples], margin: int) -> Iterator[Samples]:
    silence = np.zeros((margin, 2), np.float32)
    yield silence
    yield from mix
    yield silence
