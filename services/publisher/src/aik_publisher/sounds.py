"""The files that are made of sound: the stems are read once, and every file grows block by block."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from aik_audio.blocks import BLOCK
from aik_audio.decode import decode
from aik_audio.encode import Write
from aik_audio.peaks import encode_peaks
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_service.step import Progress, StepInput

from aik_publisher.files import LENGTH, SOUNDS
from aik_publisher.port import Encoder


def write_sounds(step: StepInput, encoder: Encoder, progress: Progress, *, block: int = BLOCK) -> Mapping[str, Path]:
    """Every file that follows from the stems alone, below `out`. The bytes do not depend on the size of a block."""
    files = {name: step.out / name for name in (*SOUNDS, LENGTH)}
    frames = 0
    with ExitStack() as open_files, ThreadPoolExecutor(encoder.threads) as threads:
        writers = {name: open_files.enter_context(_writing(files[name], encoder)) for name in SOUNDS}
        for sounds, share in _blocks(step.files["vocals"], step.files["accompaniment"], block):
            written = [threads.submit(write, sounds[SOUNDS[name]]) for name, write in writers.items()]
            for one in written:
                one.result()
            frames += len(sounds["mix"])
            progress(share)
    files[LENGTH].write_text(json.dumps({"durationMs": round(frames * 1000 / SAMPLE_RATE)}))
    return files


def _writing(path: Path, encoder: Encoder) -> AbstractContextManager[Write]:
    return encode_peaks(path) if path.name.endswith(".peaks.json") else encoder.encode(path)


def _blocks(vocals: Path, accompaniment: Path, block: int) -> Iterator[tuple[dict[str, Samples], float]]:
    """The same stretch of every sound, and the share of the song that is read with it."""
    singing, music = decode(vocals, block=block), decode(accompaniment, block=block)
    for voice, minus in zip(singing, music, strict=True):
        if len(voice) != len(minus):
            raise ValueError("the stems are not equally long")
        yield {"minus": minus, "vocals": voice, "mix": voice + minus}, music.share
