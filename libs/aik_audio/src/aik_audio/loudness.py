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


def loudness(blocks: Iterable[Samples]) -> Loudness:
    """Measures blocks of (frames, 2) at 44.1 kHz, with silence after them to fill the last 0.1 s and at least 0.4 s."""
    figures = {"lavfi.r128.I": "-inf", "lavfi.r128.true_peak": "0"}
    for frame in _measured(_filled(blocks)):
        figures = frame.metadata or figures
    integrated, peak = float(figures["lavfi.r128.I"]), float(figures["lavfi.r128.true_peak"])
    return Loudness(integrated if integrated > GATE_LUFS else -math.inf, dbfs(peak))


def _filled(blocks: Iterable[Samples]) -> Iterator[Samples]:
    count = 0
    for block in blocks:
        count += len(block)
        yield block
    yield np.zeros((max(SHORTEST - count, -count % STEP), 2), np.float32)


def _measured(blocks: Iterable[Samples]) -> Iterator[AudioFrame]:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=SAMPLE_RATE, format="flt", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
    )
    graph.link_nodes(source, graph.add("ebur128", "peak=true:metadata=1:framelog=quiet"), graph.add("abuffersink"))
    graph.configure()
    start = 0
    for block in blocks:
        if len(block):
            graph.push(frame_of(block, "flt", start))
            start += len(block)
            yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
