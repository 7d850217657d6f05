"""Alignment by the words' sounds: pocketsphinx and the model of American English that its package carries."""

import math
import re
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import islice, product
from typing import Any

import numpy as np
from aik_audio.once import made_once
from aik_audio.passages import Timed
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from pocketsphinx import Decoder, Segment

from aik_aligner.left_out import whole_lines
from aik_aligner.pronunciation import Phones, pronunciations

# One pass with the widest beams that keep memory small: with narrow ones, or a second pass, it often ends nowhere.
_OPTIONS: dict[str, Any] = {
    "lm": None,
    "samprate": SPEECH_RATE,
    "loglevel": "FATAL",
    "beam": 1e-300,
    "wbeam": 1e-300,
    "pbeam": 1e-300,
    "maxhmmpf": -1,
    "pl_window": 0,
    "fwdflat": False,
    "bestpath": False,
    "silprob": 0.1,
    "cmn": "batch",
}
_GRAMMAR = "lyrics"
_LEFT_OUT = 1e-3  # how likely a line is not sung; the beams allow fifteen such lines in a row
_MOST_WAYS = 8  # to pronounce a word of several parts
_NOT_WORDS = "<[("  # silence, noises and steps over a line
_FRAME_S = 0.01
_MARGIN_S = 0.2  # of silence before and after, so that the first and last word have somewhere to begin and end
_PEAK, _DITHER = 0.7, 1e-4
_LOG_BASE = 1.0001  # of the decoder's scores
_LEAST = 1e-300
_HALF, _SPREAD = 80.0, 12.0  # how far the sounds may be from the best ones, on average, in the decoder's units


class SoundAligner:
    """Forced alignment of any length; every language is heard with an American accent.

    Threads take turns: the decoder keeps what it is asked.
    """

    def __init__(self) -> None:
        self.version = f"pocketsphinx {version('pocketsphinx')}"
        self.options = {"model": "en-us", **_OPTIONS}
        self._turn = threading.Lock()

    @made_once
    def _decoder(self) -> Decoder:
        return Decoder(**_OPTIONS)

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> list[list[Timed | None]]:
        with self._turn:
            names = [[self._name(word, language) for word in line] for line in lines]
            known = [[name for name in line if name is not None] for line in names]
            found = self._found(samples, known, all_sung=all_sung)
        times = [iter(found.get(n, ())) for n in range(len(lines))]
        return [
            [None if name is None else next(timed, None) for name in line]
            for line, timed in zip(names, times, strict=True)
        ]

    def _found(
        self, samples: Samples, lines: Sequence[Sequence[str]], *, all_sung: bool
    ) -> Mapping[int, Sequence[Timed]]:
        """The words of each line that is there, by the line's number."""
        if not any(lines):
            return {}
        decoder = self._decoder
        decoder.reinit_feat()  # else it goes on with what it learned of the voice before
        decoder.add_fsg(_GRAMMAR, decoder.create_fsg(_GRAMMAR, 0, sum(map(len, lines)), _steps(lines, all_sung)))
        decoder.activate_search(_GRAMMAR)
        decoder.start_utt()
        decoder.process_raw(_pcm(samples), full_utt=True)
        decoder.end_utt()
        heard = [segment for segment in decoder.seg() or () if segment.word[0] not in _NOT_WORDS]
        spans = whole_lines([_named(segment) for segment in heard], lines)
        return {line: [_timed(segment) for segment in heard[start:end]] for line, (start, end) in spans.items()}

    def _name(self, word: str, language: str) -> str | None:
        """Its name in the decoder's dictionary, where it is put if it isn't there; None for what has no sounds."""
        parts = [part.strip("'") for part in re.findall(r"[^\W_]['’\w]*", word.casefold().replace("’", "'"))]
        if len(parts) == 1 and language.startswith("en") and self._decoder.lookup_word(parts[0]):
            return str(parts[0])
        ways = islice(product(*(self._sounds(part, language) for part in parts)), _MOST_WAYS)
        sounds = [way for part in ways if (way := tuple(phone for sounds in part for phone in sounds))]
        if not sounds:
            return None
        name = "|".join("_".join(way) for way in sounds)
        if not self._decoder.lookup_word(name):
            self._add(name, sounds)
        return name

    def _sounds(self, part: str, language: str) -> Sequence[Phones]:
        """As the dictionary has it, or by its letters."""
        known = self._decoder.lookup_word(part) if language.startswith("en") and part else None
        return [tuple(known.split())] if known else pronunciations(part) or [()]

    def _add(self, name: str, sounds: Sequence[Phones]) -> None:
        self._decoder.add_word(name, " ".join(sounds[0]), len(sounds) == 1)
        for n, other in enumerate(sounds[1:], start=2):
            self._decoder.add_word(f"{name}({n})", " ".join(other), n == len(sounds))


def _steps(
    lines: Sequence[Sequence[str]], all_sung: bool
) -> list[tuple[int, int, float] | tuple[int, int, float, str]]:
    """The grammar: each word leads from one state to the next; a line that may be missing can be stepped over."""
    steps: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
    state = 0
    for line in lines:
        steps += [(state + n, state + n + 1, 1.0, word) for n, word in enumerate(line)]
        if line and not all_sung:
            steps.append((state, state + len(line), _LEFT_OUT))
        state += len(line)
    return steps


def _pcm(samples: Samples) -> bytes:
    margin = np.zeros(round(_MARGIN_S * SPEECH_RATE), np.float32)
    padded = np.concatenate([margin, samples, margin])
    loud = padded * np.float32(_PEAK / max(1e-6, float(np.abs(padded).max(initial=0.0))))
    noise = np.random.default_rng(0).standard_normal(len(loud), np.float32)
    return ((loud + np.float32(_DITHER) * noise) * 32767).astype("<i2").tobytes()


def _named(segment: Segment) -> str:
    """Without the number of its pronunciation."""
    return str(segment.word).partition("(")[0]


def _timed(segment: Segment) -> Timed:
    start, end = segment.start_frame, segment.end_frame + 1
    distance = -math.log(max(segment.ascore, _LEAST)) / math.log(_LOG_BASE) / (end - start)
    confidence = 1 / (1 + math.exp((distance - _HALF) / _SPREAD))
    return Timed(max(0.0, start * _FRAME_S - _MARGIN_S), end * _FRAME_S - _MARGIN_S, confidence)
