"""Whisper through whisperx: several pieces of a voice heard at once. Only the production engines import this."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import BatchedInferencePipeline, get_compression_ratio, merge_punctuations
from whisperx.asr import FasterWhisperPipeline, WhisperModel, load_model

from aik_audio.batches import Batcher
from aik_audio.memory import loading
from aik_audio.once import made_once
from aik_audio.passages import Timed
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples

R = TypeVar("R")

LONGEST_S = 30.0

# Temperature 0 alone: the same piece gives the same words. Whisperx's own options for the rest.
OPTIONS: Mapping[str, Any] = {
    "beam_size": 5,
    "temperatures": [0.0],
    "condition_on_previous_text": False,
    "without_timestamps": True,
    "max_new_tokens": 224,  # of 30 s: as many as the model was trained with; only a loop has more
    "multilingual": False,  # the language is told
}
_CHUNK_S, _ONSET, _OFFSET = 30, 0.5, 0.363  # of voice activity: whisperx's own
VOICE_ACTIVITY = {"model": "pyannote", "onset": _ONSET, "offset": _OFFSET}
_LONGEST_MEDIAN_S = 0.7  # of a word; a first word is at most twice as long as the median one, or it begins too early


@dataclass(frozen=True)
class HeardPiece:
    """What Whisper hears in a piece: words as it spells them, with the space before them, by time in s of the piece.

    A word's confidence is the mean probability of its tokens, 0…1. `no_speech` is how likely nobody speaks, 0…1;
    `repetition` how many times longer the text is than zlib makes it.
    """

    words: Sequence[tuple[str, Timed]]
    no_speech: float
    repetition: float


NOBODY = HeardPiece((), 1.0, 0.0)


class Asked(NamedTuple):
    """A piece, and Whisper's code of the language that it is heard in."""

    samples: Samples
    language: str
    surely: bool = False
    """Whether it is heard without asking for voice activity."""


class BatchedWhisper:
    """A Whisper model in the form of CTranslate2 on one device; `device` is cuda or cpu.

    Pieces are mono at 16 kHz and at most 30 s long; a longer one is a ValueError. With `voice_activity`, whisperx's
    model of it is asked first, and a piece in which it finds nobody has no words. Out of memory, batches become
    smaller from there on; where one piece is too much it is a MemoryError. For several threads, whose pieces share
    batches where they are in one language; a batch that is not full waits for `delay_s` for more of them.
    """

    def __init__(
        self, folder: Path, device: str, batch: int, threads: int, *, voice_activity: bool, delay_s: float = 0
    ) -> None:
        self.compute_type = "float16" if device == "cuda" else "int8"
        self._folder = folder
        self._device = device
        self._batch = batch
        self._batches = Batcher(batch, delay_s, self._heard, free)
        self._alone: Batcher[Callable[[], Any], Any] = Batcher(1, 0, lambda calls: [call() for call in calls], free)
        self._threads = threads
        self._voice_activity = voice_activity

    @made_once
    def _pipeline(self) -> FasterWhisperPipeline:
        with loading():
            return load_model(
                str(self._folder),
                device=self._device,
                compute_type=self.compute_type,
                asr_options=dict(OPTIONS),
                vad_model=None if self._voice_activity else _everywhere,
                vad_options={"chunk_size": _CHUNK_S, "vad_onset": _ONSET, "vad_offset": _OFFSET},
                threads=self._threads,
                local_files_only=True,
            )

    @property
    def model(self) -> WhisperModel:
        """Loaded at the first use."""
        return self._pipeline.model

    def known(self, language: str) -> str | None:
        """Whisper's short code for a language tag such as en-US; None for a language that it doesn't know."""
        name = language.partition("-")[0].lower()
        return name if name in self.model.supported_languages else None

    def languages(self, samples: Samples) -> Mapping[str, float]:
        """How likely each language is heard there, by short code, 0…1."""
        _, _, probabilities = self.alone(lambda model: model.detect_language(_checked(samples)))
        return {str(name): float(probability) for name, probability in probabilities}

    def heard(self, pieces: Iterable[Samples], language: str) -> Iterator[HeardPiece]:
        """One answer a piece, in their order; as many pieces are taken as a batch has. The language is a known one."""
        return self._batches.results((Asked(_checked(samples), language) for samples in pieces), key=language)

    def alone(self, compute: Callable[[WhisperModel], R]) -> R:
        """What this computes with the model, beside a batch at most; MemoryError where the device's runs out."""
        [found] = self._alone.results([partial(compute, self.model)])
        return found  # type: ignore[no-any-return]  # what each call answers is its own

    def warm_up(self) -> None:
        """Loads the models and hears a batch of silence, in smaller ones where memory runs out; raises MemoryError."""
        silence = np.zeros(round(LONGEST_S * SPEECH_RATE), np.float32)
        self.alone(lambda model: self._has_voice(silence))
        list(self._batches.results([Asked(silence, "en", surely=True)] * self._batch, key="en"))

    def _tokenizer(self, language: str) -> Tokenizer:
        model = self.model
        return Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language)

    def _heard(self, asked: Sequence[Asked]) -> Iterator[HeardPiece]:
        [language] = {each.language for each in asked}
        voiced = [each.surely or self._has_voice(each.samples) for each in asked]
        sung = [each.samples for each, has_voice in zip(asked, voiced, strict=True) if has_voice]
        found = iter(self._words(self._tokenizer(language), sung) if sung else ())
        return iter([next(found) if has_voice else NOBODY for has_voice in voiced])

    def _has_voice(self, samples: Samples) -> bool:
        if not len(samples) or not self._voice_activity:
            return len(samples) > 0
        detector = self._pipeline.vad_model
        activity = detector({"waveform": detector.preprocess_audio(samples), "sample_rate": SPEECH_RATE})
        return bool(detector.merge_chunks(activity, _CHUNK_S, onset=_ONSET, offset=_OFFSET))

    def _words(self, tokenizer: Tokenizer, pieces: Sequence[Samples]) -> list[HeardPiece]:
        """Text as whisperx decodes it, and each word's time by the model's cross-attention."""
        pipeline, model = self._pipeline, self.model
        features = torch.stack([pipeline.preprocess({"inputs": samples})["inputs"] for samples in pieces]).numpy()
        decoding = BatchedInferencePipeline(model)
        encoded, results = decoding.generate_segment_batched(features, tokenizer, pipeline.options)
        tokens = [[token for token in result["tokens"] if token < tokenizer.eot] for result in results]
        frames = [math.ceil(len(samples) / SPEECH_RATE * model.frames_per_second) for samples in pieces]
        aligned = model.find_alignment(tokenizer, tokens, encoded, frames)
        return [
            HeardPiece(
                self._timed(words, len(samples) / SPEECH_RATE),
                float(result["no_speech_prob"]),
                get_compression_ratio(tokenizer.decode(text)) if text else 0.0,
            )
            for words, result, text, samples in zip(aligned, results, tokens, pieces, strict=True)
        ]

    def _timed(self, words: list[dict[str, Any]], length: float) -> list[tuple[str, Timed]]:
        """Words with their signs, inside of the piece."""
        options = self._pipeline.options
        merge_punctuations(words, options.prepend_punctuations, options.append_punctuations)
        words = [word for word in words if word["word"]]
        lasting = [word["end"] - word["start"] for word in words if word["end"] > word["start"]]
        longest = 2 * min(_LONGEST_MEDIAN_S, median(lasting or [_LONGEST_MEDIAN_S]))
        timed = []
        for n, word in enumerate(words):
            start, end = (min(float(time), length) for time in (word["start"], word["end"]))
            start = max(start, end - longest) if n == 0 else start
            timed.append((word["word"], Timed(start, end, min(1.0, float(word["probability"])))))
        return timed


def versions() -> str:
    """Of what decides the answer."""
    packages = ("whisperx", "faster-whisper", "ctranslate2", "torch")
    return ", ".join(f"{package} {version(package)}" for package in packages)


def free() -> None:
    """Gives the device's memory that torch holds back for later; what CTranslate2 holds goes with its model."""
    torch.cuda.empty_cache()


def _everywhere(_: Any) -> Sequence[Any]:
    """Stands in for a model of voice activity that nobody asks."""
    return ()


def _checked(samples: Samples) -> Samples:
    if len(samples) > LONGEST_S * SPEECH_RATE:
        length = len(samples) / SPEECH_RATE
        raise ValueError(f"a piece of {length:.1f} s: Whisper hears at most {LONGEST_S:.0f} s at once")
    return samples
