"""The net of an MDX model on ONNX Runtime, and nothing else: as many segments as the songs have, of noise.

Usage: python -m tests.gpu.raw_mdx MODEL DEVICE BATCH SONG…
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from aik_audio.testing import samples_of
from aik_separator.engine.mdx import Card
from aik_separator.engine.segments import Cutting
from aik_service.device import Device, onnx_providers


def main(model: str, device: str, batch: str, songs: Sequence[str]) -> None:
    card = Card.model_validate_json(Path(model, "card.json").read_text("utf-8"))
    if device == Device.CUDA:
        onnxruntime.preload_dlls()
    session = onnxruntime.InferenceSession(Path(model, card.file), providers=onnx_providers(Device(device)))
    shape = (int(batch), 4, card.dim_f, card.dim_t)
    noise = np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)
    stride = Cutting(card.length, margin=card.n_fft // 2).stride
    for song in songs:
        segments = -(-len(samples_of(Path(song))) // stride)
        for start in range(0, segments, int(batch)):
            session.run(None, {session.get_inputs()[0].name: noise[: segments - start]})


if __name__ == "__main__":
    _, model, device, batch, *songs = sys.argv
    main(model, device, batch, songs)
