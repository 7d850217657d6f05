"""Does for whisperx's command line, in a dry run on a machine without ffmpeg, the one thing that it asks ffmpeg for.

Usage: ffmpeg … -i SONG …: mono at 16 kHz on stdout, 16 bit.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from aik_audio.decode import decode
from aik_audio.resample import mono_16k


def main(arguments: Sequence[str]) -> None:
    song = Path(arguments[arguments.index("-i") + 1])
    samples = mono_16k(decode(song), lambda share: None)
    sys.stdout.buffer.write((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def installed(folder: Path) -> Path:
    """A folder for the PATH, with an `ffmpeg` in it."""
    folder.mkdir()
    command = folder / "ffmpeg"
    root = Path(__file__).parents[2]
    command.write_text(f'#!/bin/sh\ncd "{root}"\nexec "{sys.executable}" -m tests.gpu.ffmpeg_stand_in "$@"\n')
    command.chmod(0o755)
    return folder


if __name__ == "__main__":
    main(sys.argv[1:])
