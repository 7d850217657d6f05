"""Spoken phrases put on notes by Praat's overlap-add: every vowel on its note, every word's time known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import parselmouth
from aik_audio.samples import Samples
from numpy.typing import NDArray
from parselmouth.praat import call

from tests.bench.karaoke.espeak import Utterance

_SHORTEST_VOWEL = 0.35  # of the time from vowel to vowel; consonants give way before a vowel has less
_GLIDE_S = 0.1
_VIBRATO_HZ, _VIBRATO_AFTER_S = 5.5, 0.1
VIBRATO = 0.7  # semitones up and down, the mean of ten singers (Prame, 1997)
STRAIGHT = 0.1  # of a voice without vibrato, which a separator takes for an instrument
_TAIL_S = 0.06

Span = tuple[float, float]
"""From and to, in s."""


@dataclass(frozen=True)
class Note:
    """Of one syllable: when its vowel begins after the phrase's first vowel, when the note ends, and its pitch."""

    start: float
    end: float
    hertz: float


@dataclass(frozen=True)
class Phrase:
    """Mono samples; the words' spans are on their clock, and the first vowel is at `lead`, in s."""

    samples: Samples
    rate: int
    lead: float
    words: Sequence[Span]


def as_spoken(utterance: Utterance) -> Phrase:
    """The phrase as it was spoken, from its first sound to its last."""
    start, end = utterance.words[0][0].start, utterance.words[-1][-1].end
    words = [(word[0].start - start, word[-1].end - start) for word in utterance.words]
    lead = next(phoneme.start for word in utterance.words for phoneme in word if phoneme.is_vowel) - start
    return Phrase(_cut(utterance, start, end), utterance.rate, lead, words)


def syllables(utterance: Utterance) -> list[int]:
    """How many vowels each word has."""
    return [sum(phoneme.is_vowel for phoneme in word) for word in utterance.words]


def on_notes(utterance: Utterance, notes: Sequence[Note], vibrato: float) -> Phrase:
    """The phrase with its n-th vowel on the n-th note; consonants keep their length where there is room.

    `vibrato` is how far the pitch swings to either side, in semitones.
    """
    start, end = utterance.words[0][0].start, utterance.words[-1][-1].end
    before, after = _times(utterance, notes)
    sound = parselmouth.Sound(_cut(utterance, start, end + _TAIL_S).astype(np.float64), utterance.rate)
    manipulation = call(sound, "To Manipulation", 0.005, 60, 450)
    call([_durations(sound, before - start, after), manipulation], "Replace duration tier")
    call([_pitches(sound, before - start, after, notes, vibrato), manipulation], "Replace pitch tier")
    sung = call(manipulation, "Get resynthesis (overlap-add)")
    lead = -float(after[0])
    words = [
        tuple(lead + float(time) for time in np.interp((word[0].start, word[-1].end), before, after))
        for word in utterance.words
    ]
    samples: Samples = sung.values[0].astype(np.float32)
    return Phrase(samples, utterance.rate, lead, [(first, last) for first, last in words])


def _cut(utterance: Utterance, start: float, end: float) -> Samples:
    return utterance.samples[round(start * utterance.rate) : round(end * utterance.rate)]


def _times(utterance: Utterance, notes: Sequence[Note]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of the speech, and the times of the song that they go to; the first vowel goes to 0."""
    phonemes = [phoneme for word in utterance.words for phoneme in word]
    vowels = [phoneme for phoneme in phonemes if phoneme.is_vowel]
    pairs = [(phonemes[0].start, phonemes[0].start - vowels[0].start)] if phonemes[0] is not vowels[0] else []
    nexts = [*(vowel.start for vowel in vowels[1:]), phonemes[-1].end]
    for vowel, note, after in zip(vowels, notes, nexts, strict=True):
        room = note.end - note.start
        consonants = after - vowel.end
        pairs.append((vowel.start, note.start))
        if consonants > 0:
            pairs.append((vowel.end, note.start + max(room - consonants, _SHORTEST_VOWEL * room)))
    pairs.append((phonemes[-1].end, notes[-1].end))
    before, after_times = zip(*pairs, strict=True)
    return np.array(before), np.array(after_times)


def _durations(sound: parselmouth.Sound, before: NDArray[np.float64], after: NDArray[np.float64]) -> parselmouth.Data:
    tier = call("Create DurationTier", "durations", 0, sound.duration)
    factors = np.diff(after) / np.diff(before)
    for start, end, factor in zip(before[:-1], before[1:], factors, strict=True):
        call(tier, "Add point", float(start) + 1e-6, float(factor))
        call(tier, "Add point", float(end) - 1e-6, float(factor))
    call(tier, "Add point", float(before[-1]) + 1e-6, 1.0)
    return tier


def _pitches(
    sound: parselmouth.Sound,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    notes: Sequence[Note],
    vibrato: float,
) -> parselmouth.Data:
    """The pitch of the speech's clock: Praat bends it together with the sound."""
    tier = call("Create PitchTier", "pitches", 0, sound.duration)
    times = np.arange(float(after[0]), float(after[-1]), 0.01)
    points = [point for note in notes for point in (note.start, max(note.start, note.end - _GLIDE_S))]
    semitones = 12 * np.log2([note.hertz for note in notes for _ in range(2)])
    curve = np.interp(times, points, semitones)
    for note in notes:
        inside = (times > note.start + _VIBRATO_AFTER_S) & (times < note.end)
        curve[inside] += vibrato * np.sin(2 * np.pi * _VIBRATO_HZ * times[inside])
    for time, semitone in zip(np.interp(times, after, before), curve, strict=True):
        call(tier, "Add point", float(time), float(2 ** (semitone / 12)))
    return tier
