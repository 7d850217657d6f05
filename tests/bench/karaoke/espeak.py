"""Speech by eSpeak NG, with the times of its words and phonemes from the synthesizer itself."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from aik_audio.samples import Samples

_SYNCHRONOUS, _PHONEME_EVENTS, _IPA, _STAY = 2, 0x1, 0x2, 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE, _WORDGAP = 1, 3, 4, 7
_WORD, _PHONEME = 1, 7
_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɛɜɞɘɤɪɨʉɯʊʌɚɝᵻ")


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Phoneme:
    """In IPA; times in s."""

    name: str
    start: float
    end: float

    @property
    def is_vowel(self) -> bool:
        return bool(_VOWELS & set(self.name))


@dataclass(frozen=True)
class Utterance:
    """Mono samples, and the phonemes of every word that was asked for, in order."""

    samples: Samples
    rate: int
    words: Sequence[Sequence[Phoneme]]


def speak(words: Sequence[str], voice: str, *, words_per_minute: int, pitch: int = 50) -> Utterance:
    """The words as one phrase. `voice` is a language and a variant (en-us+f2); `pitch` is 0…99."""
    library, rate = _library()
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"eSpeak NG has no voice {voice}")
    for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, 40), (_WORDGAP, 0)):
        library.espeak_SetParameter(parameter, value, 0)
    samples, events = _synthesized(library, " ".join(words), rate)

    def count(word: str) -> int:
        return sum(bool(event.name) for event in _synthesized(library, word, rate)[1])

    return Utterance(samples, rate, _by_word(events, words, len(samples) / rate, count))


@dataclass(frozen=True)
class _Told:
    """An event of the synthesizer: a word at its place in the text, counted from 1, or a phoneme; `at` in s."""

    kind: int
    position: int
    at: float
    name: str


def _synthesized(library: ctypes.CDLL, text: str, rate: int) -> tuple[Samples, list[_Told]]:
    blocks: list[Samples] = []
    events: list[_Told] = []

    def receive(wave: Any, count: int, told: Any) -> int:
        if wave and count:
            blocks.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / np.float32(32768))
        at = 0
        while told[at].type:
            event = told[at]
            if event.type in (_WORD, _PHONEME):
                name = event.id.string.decode() if event.type == _PHONEME else ""
                events.append(_Told(event.type, event.position, event.sample / rate, name))
            at += 1
        return 0

    callback = _Callback(receive)
    library.espeak_SetSynthCallback(callback)
    library.espeak_ng_SetRandSeed(1)
    content = text.encode()
    library.espeak_Synth(content, len(content) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return np.concatenate(blocks), events


def _by_word(
    events: Sequence[_Told], words: Sequence[str], length_s: float, count: Callable[[str], int]
) -> list[list[Phoneme]]:
    """Every word's phonemes, the pauses left out; one ends where the next begins.

    eSpeak NG speaks some pairs (of the, in the) as one word: they are divided by the phonemes that the first has alone.
    """
    starts = [sum(len(word) + 1 for word in words[:n]) for n in range(len(words))]
    ends = [event.at for event in events[1:]] + [length_s]
    spoken: dict[int, list[Phoneme]] = {}
    word = 0
    for event, end in zip(events, ends, strict=True):
        if event.kind == _WORD:
            word = starts.index(event.position - 1)
        elif event.name:
            spoken.setdefault(word, []).append(Phoneme(event.name, event.at, end))
    for n in range(1, len(words)):
        if n not in spoken:
            size = count(words[n - 1])
            spoken[n], spoken[n - 1] = spoken[n - 1][size:], spoken[n - 1][:size]
    if not all(spoken.values()):
        raise ValueError(f"eSpeak NG spoke words as one: {' '.join(words)}")
    return [spoken[n] for n in range(len(words))]


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """eSpeak NG from its wheel, and its samples a second."""
    spec = find_spec("espeakng_loader")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("espeakng_loader is not installed: use `make bench-karaoke`")
    folder = Path(spec.submodule_search_locations[0])
    library = ctypes.CDLL(str(next(folder.glob("libespeak-ng.*"))))
    options = _PHONEME_EVENTS | _IPA | _STAY
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(folder).encode(), options)
    if rate <= 0:
        raise OSError("eSpeak NG does not start")
    return library, rate
