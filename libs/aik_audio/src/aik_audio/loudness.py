"""How loud a song is and how high its peaks reach, as broadcasters measure it: FFmpeg's ebur128."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.error import BlockingIOError, EOFError
from av.filter import Graph

from aik_audio.frames import frame_of
from aik_audio.level import dbfs
from aik_audio.samples import SAMPLE_RATE, Samples

# The filter tells its figures after each 0.1 s, and knows a loudness from 0.4 s on.
STEP = SAMPLE_RATE // 10
SHORTEST = 4 * STEP
GATE_LUFS = -70.0


@dataclass(frozen=True)
class Loudness:
    """Gated loudness in LUFS, -inf where nothing passes the gate, and the highest peak between the samples in dBTP.

    ITU-R BS.1770-4 with annex 2 (4 times oversampled); the peak is known in steps of 0.001 of full scale.
    """

    integrated_lufs: float
    true_peak_dbtp: float


class LoudnessMeter:
    """Takes blocks of (frames, 2) at 44.1 kHz as they come; the same samples measure the same, however they are cut."""

    def __init__(self) -> None:
        self._graph = Graph()
        source = self._graph.add_abuffer(
            sample_rate=SAMPLE_RATE, format="flt", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
        )
        meter = self._graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
        self._graph.link_nodes(source, meter, self._graph.add("abuffersink"))
        self._graph.configure()
        self._count = 0
        self._figures = {"lavfi.r128.I": "-inf", "lavfi.r128.true_peak": "0"}

    def push(self, block: Samples) -> None:
        if len(block):
            self._graph.push(frame_of(block, "flt", self._count))
            self._count += len(block)
            for frame in _pulled(self._graph):
                self._figures = frame.metadata or self._figures

    def loudness(self) -> Loudness:
        """Of all blocks, asked once, with silence after them to fill the last 0.1 s and at least 0.4 s."""
        self.push(np.zeros((max(SHORTEST - self._count, -self._count % STEP), 2), np.float32))
        integrated, peak = float(self._figures["lavfi.r128.I"]), float(self._figures["lavfi.r128.true_peak"])
        return Loudness(integrated if integrated > GATE_LUFS else -math.inf, dbfs(peak))


def loudness(blocks: Iterable[Samples]) -> Loudness:
    """Of blocks of (frames, 2) at 44.1 kHz, as LoudnessMeter measures them."""
    meter = LoudnessMeter()
    for block in blocks:
        meter.push(block)
    return meter.loudness()


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
