"""Stems that are not what they should be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from aik_aligner.port import Aligner
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_separator.handler import Separator, separate_song
from aik_service.step import StepInput

from tests.bench.karaoke_qc.songs import Made, aligned

Stems = tuple[Samples, Samples]
"""Vocals and accompaniment."""


def stems(change: Callable[[Samples, Samples], Stems], folder: Path) -> Callable[[Made, Aligner], Made]:
    """The song with other stems, written into the folder."""

    def spoil(song: Made, _: Aligner) -> Made:
        folder.mkdir(parents=True, exist_ok=True)
        vocals, minus = change(samples_of(song.vocals), samples_of(song.accompaniment))
        return replace(
            song,
            vocals=flac_of(vocals, folder / "vocals.flac"),
            accompaniment=flac_of(minus, folder / "accompaniment.flac"),
        )

    return spoil


def music_only(separator: Separator, folder: Path) -> Callable[[Made, Aligner], Made]:
    """The same band without its singer, separated and aligned with the same lyrics."""

    def spoil(song: Made, aligner: Aligner) -> Made:
        folder.mkdir(parents=True, exist_ok=True)
        step = StepInput(track_id="qc", files={"source": song.vocals.parent / "backing.flac"}, out=folder)
        separate_song(step, separator, lambda _: None, max_duration_s=1800)
        stems = folder / "vocals.flac", folder / "accompaniment.flac"
        karaoke = aligned(song.lyrics, song.language, *stems, aligner)
        return replace(song, vocals=stems[0], accompaniment=stems[1], karaoke=karaoke)

    return spoil


def left_in_minus(share: float) -> Callable[[Samples, Samples], Stems]:
    return lambda vocals, minus: (vocals, minus + np.float32(share) * vocals)


def louder_minus(decibels: float) -> Callable[[Samples, Samples], Stems]:
    """Negative for a quieter one; what is too loud is cut off when it is written."""
    return lambda vocals, minus: (vocals, minus * np.float32(10 ** (decibels / 20)))


def without_minus(vocals: Samples, minus: Samples) -> Stems:
    return vocals, np.zeros_like(minus)


def cut_minus(vocals: Samples, minus: Samples) -> Stems:
    """Three seconds are missing at its end."""
    return vocals, minus[: -3 * SAMPLE_RATE]


def swapped(vocals: Samples, minus: Samples) -> Stems:
    return minus, vocals


def burst(vocals: Samples, minus: Samples) -> Stems:
    """0.8 s of noise at full scale in the middle of the minus."""
    spoiled = minus.copy()
    start, length = len(minus) // 2, round(0.8 * SAMPLE_RATE)
    noise = np.random.default_rng(1).uniform(-1, 1, (length, 1)).astype(np.float32)
    spoiled[start : start + length] = noise
    return vocals, spoiled
