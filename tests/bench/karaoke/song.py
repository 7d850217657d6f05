"""A case becomes a song: the voice on the band's beat, the two mixed, and when every word is sung."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import soxr
from aik_audio.samples import SAMPLE_RATE, Samples

from tests.bench.karaoke import band
from tests.bench.karaoke.cases import Case
from tests.bench.karaoke.espeak import speak
from tests.bench.karaoke.singing import STRAIGHT, VIBRATO, Note, Phrase, as_spoken, on_notes, syllables
from tests.bench.karaoke.texts import SungWord, TextLine, stanzas

_VOICES = {"en": "en-us", "ru": "ru"}
_SUNG_WPM, _SPOKEN_WPM = 170, 150
_HELD_STEPS, _PAUSE_STEPS, _BREAK_BARS = 5, 3, 8
_REVERB_S, _REVERB_DB = 0.5, -16
_PEAK = 0.9
_HIGH_VOICE_FROM = -3  # of an octave above the low voice: what is synthesized higher no longer sounds like a voice


@dataclass(frozen=True)
class TrueWord:
    """Times in s; `line` and `word` number its place in the pasted lyrics, from 0, if it is there."""

    text: str
    start: float
    end: float
    line: int | None
    word: int


@dataclass(frozen=True)
class Song:
    """The stems add up to the mix, shape (frames, 2)."""

    voice: Samples
    backing: Samples
    lyrics: str
    words: Sequence[TrueWord]


@dataclass(frozen=True)
class _SungLine:
    """A line at its step of the song; `shown`: its number in the pasted lyrics."""

    line: TextLine
    step: int
    shown: int | None
    voice: str


def make(case: Case) -> Song:
    """The same case gives the same samples."""
    score = band.score(case.seed)
    singer = _Singer(case, score)
    bar_s = score.step_s * band.STEPS
    bar = math.ceil(case.intro_s / bar_s)
    alone, shown = [range(bar)], _shown(case)
    for stanza, numbers in shown:
        if stanza is None:
            alone.append(range(bar, bar + _BREAK_BARS))
            bar += _BREAK_BARS
            continue
        for n, (line, number) in enumerate(zip(stanza, numbers, strict=True)):
            voice = case.voices[n % len(case.voices)]
            bar = singer.sing(_SungLine(line, bar * band.STEPS, number, voice))
        bar += 1
    backing = band.play(score, bar + 1, alone, case.seed)
    voice_stem, backing = _balanced(singer.track(len(backing)), backing, case.level_db)
    return Song(voice_stem, backing, _pasted(case), singer.words)


def _shown(case: Case) -> Iterator[tuple[Sequence[TextLine] | None, Sequence[int | None]]]:
    """Every stanza that is sung, with its lines' numbers in the pasted lyrics."""
    text = stanzas(case.text)
    places: list[tuple[int, int]] = []
    first = 0
    for stanza in case.pasted if case.lyrics is None else ():
        places.append((stanza, first))
        first += len(text[stanza])
    for sung in case.sung:
        if sung is None:
            yield None, ()
            continue
        place = next((n for n, (stanza, _) in enumerate(places) if stanza == sung), None)
        if place is None:
            yield text[sung], [None] * len(text[sung])
        else:
            first = places[place][1]
            places = places[place + 1 :]
            yield text[sung], range(first, first + len(text[sung]))


def _pasted(case: Case) -> str:
    text = stanzas(case.lyrics or case.text)
    pasted = range(len(text)) if case.lyrics else case.pasted
    return "\n\n".join("\n".join(line.written for line in text[stanza]) for stanza in pasted) + "\n"


class _Singer:
    """Puts phrases on the song's clock and remembers every word's time."""

    def __init__(self, case: Case, score: band.Score) -> None:
        self.words: list[TrueWord] = []
        self._case = case
        self._score = score
        self._random = Random(case.seed)  # noqa: S311 - a song, not a secret
        self._phrases: list[tuple[float, Phrase]] = []
        self._degree = 4

    def sing(self, line: _SungLine) -> int:
        """The bar after the line."""
        step: float = line.step
        word = 0
        for phrase in _phrases(line.line):
            start = step * self._score.step_s
            sound, step = self._sound(phrase, step, line.voice)
            self._phrases.append((start - sound.lead, sound))
            for sung, (first, last) in zip(phrase, sound.words, strict=True):
                at = start - sound.lead
                self.words.append(TrueWord(sung.text, at + first, at + last, line.shown, word))
                word += 1
            step += _PAUSE_STEPS
        return math.ceil((step - 1) / band.STEPS)

    def _sound(self, phrase: Sequence[SungWord], step: float, voice: str) -> tuple[Phrase, float]:
        """The phrase with its first vowel on the step, and the step where it ends."""
        name = f"{_VOICES[self._case.language]}+{voice}"
        if self._case.how == "spoken":
            spoken = as_spoken(speak([word.spoken for word in phrase], name, words_per_minute=_SPOKEN_WPM))
            return spoken, math.ceil(step + spoken.words[-1][1] / self._score.step_s)
        utterance = speak([word.spoken for word in phrase], name, words_per_minute=_SUNG_WPM)
        notes, end = self._notes(phrase, syllables(utterance), round(step), low=voice.startswith("m"))
        return on_notes(utterance, notes, STRAIGHT if self._case.how == "straight" else VIBRATO), end

    def _notes(
        self, phrase: Sequence[SungWord], counts: Sequence[int], first: int, *, low: bool
    ) -> tuple[list[Note], int]:
        notes: list[Note] = []
        step = first
        for word, count in zip(phrase, counts, strict=True):
            for syllable in range(count):
                last = syllable == count - 1
                length = _HELD_STEPS if word.held and last else 2 if last and self._random.random() < 0.25 else 1
                self._degree = band.melody(
                    self._score, self._random, step, self._degree, lowest=0 if low else _HIGH_VOICE_FROM
                )
                midi = self._score.scale(self._degree) + (0 if low else 12)
                start, end = ((at - first) * self._score.step_s for at in (step, step + length))
                notes.append(Note(start, end, 440 * 2 ** ((midi - 69) / 12)))
                step += length
        return notes, step

    def track(self, frames: int) -> Samples:
        """The voice alone, with a little of a room, shape (frames, 2)."""
        dry: Samples = np.zeros(frames, np.float32)
        for start, phrase in self._phrases:
            samples = soxr.resample(phrase.samples, phrase.rate, SAMPLE_RATE)
            at = round(start * SAMPLE_RATE)
            length = min(len(samples), frames - at)
            dry[at : at + length] += samples[:length]
        return np.stack([dry + _room(dry, seed) for seed in (1, 2)], axis=1).astype(np.float32)


def _phrases(line: TextLine) -> Iterator[Sequence[SungWord]]:
    """The words between the line's pauses."""
    phrase: list[SungWord] = []
    for word in line.words:
        if word.pause and phrase:
            yield phrase
            phrase = []
        phrase.append(word)
    yield phrase


def _room(dry: Samples, seed: int) -> Samples:
    length = round(_REVERB_S * SAMPLE_RATE)
    decay = np.exp(-6.9 * np.arange(length) / length)
    response = np.random.default_rng(seed).standard_normal(length) * decay
    response *= 10 ** (_REVERB_DB / 20) / np.sqrt(np.sum(response**2))
    size = 1 << (len(dry) + length).bit_length()
    wet: Samples = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)[: len(dry)].astype(
        np.float32
    )
    return wet


def _balanced(voice: Samples, backing: Samples, level_db: float) -> tuple[Samples, Samples]:
    """Both, with the voice `level_db` over the music where it is heard, and the mix below full scale."""
    heard = np.abs(voice).max(axis=1) > 0.01
    if heard.any():
        ratio = np.sqrt(np.mean(backing[heard] ** 2) / np.mean(voice[heard] ** 2))
        voice = voice * ratio * 10 ** (level_db / 20)
    scale = _PEAK / np.abs(voice + backing).max()
    return (voice * scale).astype(np.float32), (backing * scale).astype(np.float32)
