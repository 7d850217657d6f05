"""One engine with its real model on a GPU: what it is, what it makes of the demo song, and how long that takes."""

import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from aik_audio.decode import decode
from aik_audio.resample import mono_16k
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import samples_of

from tests.engines.contract.singing import DEMO, TEXT

TIMES = 3
"""Of these runs the first one loads the model."""


def separate(engine: Any) -> str:
    song = samples_of(DEMO)
    given = sum(len(stems.vocals) for stems in engine.separate([song]))
    return f"{given / SAMPLE_RATE:.2f} s of vocals from {len(song) / SAMPLE_RATE:.2f} s"


def transcribe(engine: Any) -> str:
    [segments] = engine.transcribe([voice()], "en")
    return repr("".join(word.text for segment in segments for word in segment.words))


def align(engine: Any) -> str:
    words = [f" {word}" for word in TEXT.split()]
    [found] = engine.by_sound(voice(), [words], "en", all_sung=True)
    return ", ".join(f"{word.strip()} {timed.start:.2f}" for word, timed in zip(words, found, strict=True) if timed)


def voice() -> Samples:
    return mono_16k(decode(DEMO), lambda share: None)


USES: Mapping[str, Callable[[Any], str]] = {"aik_separator": separate, "aik_asr": transcribe, "aik_aligner": align}


def main(module: str) -> None:
    engine = import_module(module).load()
    print(f"{module}: {engine.identity.document}")
    for n in range(TIMES):
        started = time.monotonic()
        made = USES[module.partition(".")[0]](engine)
        print(f"  run {n + 1}: {time.monotonic() - started:.2f} s, {made}")


if __name__ == "__main__":
    main(sys.argv[1])
