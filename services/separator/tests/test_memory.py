"""Reading, separating and writing take no more memory for a long song."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from aik_audio.encode import encode_flac
from aik_audio.samples import SAMPLE_RATE

# A process of its own: in this one, memory that other tests have left would hide what is taken.
PROGRAM = """
import sys
from pathlib import Path

import psutil
from aik_separator.handler import Stems, separate_song
from aik_service.step import EngineIdentity, StepInput

peak = 0


def note(share):
    global peak
    peak = max(peak, psutil.Process().memory_info().rss)


class Halves:
    identity = EngineIdentity("halves", "1")

    def separate(self, mix):
        return (Stems(block / 2, block / 2) for block in mix)


source, out = map(Path, sys.argv[1:])
separate_song(StepInput(track_id="track", files={"source": source}, out=out), Halves(), note, max_duration_s=1800)
print(peak)
"""


def peak_mb(folder: Path, minutes: int) -> float:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    second = np.repeat(tone.astype(np.float32)[:, np.newaxis], 2, axis=1)
    with encode_flac(folder / "source.flac") as write:
        for _ in range(minutes * 60):
            write(second)
    command = [sys.executable, "-c", PROGRAM, str(folder / "source.flac"), str(folder)]
    return int(subprocess.check_output(command)) / 2**20  # noqa: S603 (our own program)


def test_ten_minutes_take_the_memory_of_one(tmp_path: Path) -> None:
    # Held in memory, the nine minutes more would be 180 MB.
    assert peak_mb(tmp_path, 10) < peak_mb(tmp_path, 1) + 20
