"""Alignment by a wav2vec2 model that hears letters, in any length and whole lines at a time, through whisperx."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from aik_audio.batched_whisper import free
from aik_audio.batches import Batcher
from aik_audio.memory import loading
from aik_audio.once import made_once
from aik_audio.passages import Timed
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from whisperx.alignment import LANGUAGES_WITHOUT_SPACES, load_align_model

from aik_aligner.ctc import Emissions, Emitted, aligned
from aik_aligner.spelling import Alphabet, spelled
from aik_aligner.windows import FRAME, SHORTEST, joined, windows_of

_MARGIN = 10 * FRAME  # of silence after the samples, so that the last word has somewhere to end
_LEFT_OUT = 1e-3  # how likely a line is not sung
_PAD = ("[pad]", "<pad>")  # the blank's names
_DELIMITER = "|"


@dataclass(frozen=True)
class HeardLetters:
    """What is heard in so many seconds of a song; the last column of the emissions is that of any letter."""

    emissions: Emissions
    alphabet: Alphabet
    seconds: float

    def timed(self, lines: Sequence[Sequence[str]], *, all_sung: bool) -> Sequence[Sequence[Timed | None]]:
        """As the port's `by_sound` has it; a word without letters has no time."""
        texts = [spelled(line, self.alphabet) for line in lines]
        labels = [text.labels for text in texts]
        found = aligned(self.emissions, labels, self.alphabet.blank, left_out=None if all_sung else _LEFT_OUT)
        return [
            [_timed(line, word, self.seconds) if line and word else None for word in text.words]
            for text, line in zip(texts, found, strict=True)
        ]


class LetterAligner:
    """What one language's model hears, a folder as transformers saves it; `device` is cuda or cpu.

    For several threads, whose songs share batches: those are always filled up with silence to one size, since another
    size may make other last digits.
    """

    def __init__(self, folder: Path, language: str, device: str, batch: int, delay_s: float = 0) -> None:
        self._folder = folder
        self._language = language
        self._device = device
        self._batches = Batcher(batch, delay_s, self._computed, free, filler=np.zeros_like)

    @made_once
    def _loaded(self) -> tuple[torch.nn.Module, Alphabet]:
        with loading():
            model, about = load_align_model(
                self._language, self._device, model_name=str(self._folder), model_cache_only=True
            )
        half = self._device == "cuda"
        return (model.half() if half else model).eval(), _alphabet(
            about["dictionary"], self._language, model.config.vocab_size
        )

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        return self.heard(samples).timed(lines, all_sung=all_sung)

    def heard(self, samples: Samples) -> HeardLetters:
        """In samples of any length; when it returns, the model has done its part."""
        _, alphabet = self._loaded
        emissions = self.emissions(np.concatenate([samples, np.zeros(_MARGIN, np.float32)]))
        return HeardLetters(emissions, alphabet, len(samples) / SPEECH_RATE)

    def emissions(self, samples: Samples) -> Emissions:
        """Of a song of any length, in windows of one length; the last column is that of any letter."""
        _, alphabet = self._loaded
        loud = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)  # as the models were trained
        padded = np.pad(loud, (0, (SHORTEST - len(samples)) % FRAME))
        windows = windows_of(len(padded))
        [length] = {end - start for start, end in windows}
        heard = list(self._batches.results((padded[start:end] for start, end in windows), key=length))
        whole = joined(heard, windows)
        letters = np.delete(whole, alphabet.blank, axis=1).max(axis=1, keepdims=True)
        return np.concatenate([whole, letters], axis=1)

    def _computed(self, batch: Sequence[Samples]) -> list[Emissions]:
        model, _ = self._loaded
        waves = torch.from_numpy(np.stack(batch)).to(self._device, next(model.parameters()).dtype)
        with torch.inference_mode():
            emissions = torch.log_softmax(model(waves).logits.float(), dim=-1)
        return list(emissions.cpu().numpy())


def _alphabet(dictionary: dict[str, int], language: str, labels: int) -> Alphabet:
    """Of the model's own labels; a tokenizer may have more."""
    letters = {name: label for name, label in dictionary.items() if len(name) == 1 and label < labels}
    delimiter = letters.pop(_DELIMITER, None)
    blank = next((dictionary[name] for name in _PAD if name in dictionary), 0)
    return Alphabet(letters, blank, None if language in LANGUAGES_WITHOUT_SPACES else delimiter, any_letter=labels)


def _timed(line: Sequence[Emitted], word: range, length: float) -> Timed:
    """From its first letter until the next word's sound or the space between them begins, inside of the samples."""
    stop = line[word.stop].start if word.stop < len(line) else line[word.stop - 1].end
    start, end = (min(frame * FRAME / SPEECH_RATE, length) for frame in (line[word.start].start, stop))
    return Timed(start, end, float(np.mean([line[n].score for n in word])))
