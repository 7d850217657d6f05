"""Songs to measure with: the demo song over and over, each begun elsewhere, so that no two are the same."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from aik_audio.samples import SAMPLE_RATE
from aik_audio.testing import flac_of, samples_of
from aik_lyrics import from_text, minted_by

from tests.engines.contract.singing import DEMO, TEXT


def songs(folder: Path, count: int, seconds: float) -> list[Path]:
    demo = samples_of(DEMO)
    frames = round(seconds * SAMPLE_RATE)
    long = np.tile(demo, (-(-frames // len(demo)), 1))[:frames]
    return [
        flac_of(np.roll(long, -number * SAMPLE_RATE, axis=0), folder / f"song-{number}.flac") for number in range(count)
    ]


def inputs(song: Path, step: str) -> Mapping[str, Path]:
    """What the step is given of a song that has nothing but its vocals."""
    if step == "separator":
        return {"source": song}
    if step == "asr":
        return {"vocals": song}
    lyrics = song.with_suffix(".json")
    if not lyrics.exists():
        times = max(1, round(len(samples_of(song)) / len(samples_of(DEMO))))
        lyrics.write_bytes(from_text("\n".join([TEXT] * times), minted_by(song.stem), language="en").to_json())
    return {"vocals": song, "lyrics": lyrics}
