"""A small band: chords, bass, drums and a melody from one seed, played by a soundfont."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np
import tinysoundfont
from aik_audio.samples import SAMPLE_RATE, Samples

STEPS = 8
"""Eighth notes of a bar."""

_PROGRESSIONS = ((0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 5, 4), (0, 4, 5, 3))  # degrees of the scale, one a bar
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_PIANOS, _PADS, _BASSES, _LEADS = (0, 4, 24, 25), (48, 50, 89), (32, 33, 35), (11, 65, 73)
_CHORDS, _PAD, _BASS, _LEAD, _DRUMS = 0, 1, 2, 3, 9
_KICK, _SNARE, _HAT, _CRASH = 36, 38, 42, 49


@dataclass(frozen=True)
class Score:
    """What the band keeps to: tempo, key, chords and instruments."""

    beats_per_minute: int
    key: int
    progression: Sequence[int]
    programs: Sequence[int]

    @property
    def step_s(self) -> float:
        return 30 / self.beats_per_minute

    def scale(self, degree: int) -> int:
        """The MIDI note of a degree, 0 is the key's note below middle C."""
        return 48 + self.key + 12 * (degree // 7) + _MAJOR[degree % 7]

    def chord(self, bar: int) -> Sequence[int]:
        """The degrees of a bar's triad."""
        root = self.progression[bar % len(self.progression)]
        return (root, root + 2, root + 4)


@dataclass(frozen=True)
class _Key:
    step: float
    length: float
    channel: int
    note: int
    velocity: int


def score(seed: int) -> Score:
    random = Random(seed)  # noqa: S311 - a song, not a secret
    programs = [random.choice(choices) for choices in (_PIANOS, _PADS, _BASSES, _LEADS)]
    return Score(random.randint(92, 108), random.randint(-6, 0), random.choice(_PROGRESSIONS), programs)


def melody(song: Score, random: Random, step: int, before: int, *, lowest: int = 0) -> int:
    """The degree after `before`: a chord's tone on the beat, else a neighbour; within the octave from the lowest."""
    near = min(max(before, lowest), lowest + 7)
    choices = [near + change for change in (-2, -1, 0, 1, 2) if lowest <= near + change <= lowest + 7]
    if step % 4 == 0:
        tones = {tone % 7 for tone in song.chord(step // STEPS)}
        choices = [degree for degree in choices if degree % 7 in tones] or choices
    return random.choice(choices)


def play(song: Score, bars: int, alone: Sequence[range], seed: int) -> Samples:
    """The band, shape (frames, 2); in the bars of `alone` the melody is played, since nobody sings it."""
    keys = [key for bar in range(bars) for key in _bar(song, bar, Random(seed * 1009 + bar))]  # noqa: S311 - as above
    keys += [key for stretch in alone for key in _solo(song, stretch, seed)]
    synth = tinysoundfont.Synth(gain=-6, samplerate=SAMPLE_RATE)
    font = synth.sfload(str(_soundfont()))
    for channel, program in enumerate(song.programs):
        synth.program_select(channel, font, 0, program)
    synth.program_select(_DRUMS, font, 128, 0, True)
    return _played(synth, keys, song.step_s, round(bars * STEPS * song.step_s * SAMPLE_RATE))


def _bar(song: Score, bar: int, random: Random) -> Iterator[_Key]:
    chord = song.chord(bar)
    start = bar * STEPS
    for degree in chord:
        yield _Key(start, STEPS - 0.2, _PAD, song.scale(degree), 55)
    for step in (0, 3, 4, 6):
        for degree in chord:
            yield _Key(start + step, 1.2, _CHORDS, song.scale(degree) + 12, random.randint(62, 80))
    for step in (0, 3, 4, 7):
        yield _Key(start + step, 1, _BASS, song.scale(chord[0] if step < 7 else chord[2]) - 12, random.randint(80, 95))
    if bar % 4 == 0:
        yield _Key(start, 4, _DRUMS, _CRASH, 70)
    for step in range(STEPS):
        yield _Key(start + step, 0.5, _DRUMS, _HAT, random.randint(45, 70))
        if step in (0, 4, 5):
            yield _Key(start + step, 0.5, _DRUMS, _KICK, 95)
        if step in (2, 6):
            yield _Key(start + step, 0.5, _DRUMS, _SNARE, random.randint(80, 95))


def _solo(song: Score, bars: range, seed: int) -> Iterator[_Key]:
    random = Random(seed * 31 + bars.start)  # noqa: S311 - as above
    degree, step = 4, bars.start * STEPS
    while step < bars.stop * STEPS - 1:
        length = random.choice((1, 1, 2, 2, 3))
        degree = melody(song, random, step, degree)
        yield _Key(step, length * 0.95, _LEAD, song.scale(degree) + 12, random.randint(75, 95))
        step += length


def _played(synth: tinysoundfont.Synth, keys: Sequence[_Key], step_s: float, frames: int) -> Samples:
    def frame(step: float) -> int:
        return min(round(step * step_s * SAMPLE_RATE), frames)

    presses = [(frame(key.step), True, key) for key in keys]
    releases = [(frame(key.step + key.length), False, key) for key in keys]
    blocks: list[Samples] = []
    done = 0
    for at, pressed, key in sorted(presses + releases, key=lambda event: event[:2]):
        if at > done:
            blocks.append(np.frombuffer(bytes(synth.generate(at - done)), np.float32).reshape(-1, 2))
            done = at
        if pressed:
            synth.noteon(key.channel, key.note, key.velocity)
        else:
            synth.noteoff(key.channel, key.note)
    return np.concatenate(blocks)[:frames]


@cache
def _soundfont() -> Path:
    """The one that comes with pretty_midi, whose code needs more than it is worth here."""
    spec = find_spec("pretty_midi")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("pretty_midi is not installed: use `make bench-karaoke`")
    return Path(spec.submodule_search_locations[0]) / "TimGM6mb.sf2"
