"""Alignment by Whisper's cross-attention, through CTranslate2 and faster-whisper."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import accumulate, pairwise

import numpy as np
from aik_audio.once import made_once
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.models import WHISPER_BASE_SHA256, whisper_base
from aik_service.step import EngineIdentity
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from aik_aligner.port import Timed
from aik_aligner.settings import AlignerSettings

_FRAME_S = 0.02  # one position of the encoder
_MOST_TOKENS = 440  # the decoder has 448 positions, some of them taken by the prompt
_TAIL_S = 0.4  # silence after the words, so that the last one has somewhere to end


class WhisperAttentionAligner:
    """Whisper base, int8, on the CPU; greedy without fallback, so that it always answers the same."""

    def __init__(self, settings: AlignerSettings) -> None:
        self._settings = settings
        self.identity = EngineIdentity(
            name="whisper-attention",
            version=f"faster-whisper {version('faster-whisper')}, ctranslate2 {version('ctranslate2')}",
            weights_sha256=WHISPER_BASE_SHA256,
            parameters={"model": "base", "compute_type": "int8"},
        )

    @made_once
    def _model(self) -> WhisperModel:
        folder = whisper_base(self._settings.models)
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=self._settings.threads)

    def language_of(self, samples: Samples) -> str:
        language, _, _ = self._model.detect_language(samples)
        return str(language)

    def listen(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[tuple[str, Timed]]]:
        return (self._heard(samples, language) for samples in pieces)

    def _heard(self, samples: Samples, language: str) -> Sequence[tuple[str, Timed]]:
        segments, _ = self._model.transcribe(
            samples,
            language=self._known(language),
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        return [
            (word.word, Timed(float(word.start), float(word.end), float(word.probability)))
            for segment in segments
            for word in segment.words or ()
        ]

    def _known(self, language: str) -> str | None:
        """Whisper's name for a language tag such as en-US; None for one that it doesn't know."""
        name = language.partition("-")[0].lower()
        return name if name in self._model.supported_languages else None

    def align(self, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
        return attended(self._model, samples, words, self._known(language) or "en")

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        return [[None] * len(line) for line in lines]


def attended(model: WhisperModel, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
    """Where this model attends to when it is told the words; None for all of them if they are too many for it.

    `language` is Whisper's code. The last word may end up to 0.4 s after the samples.
    """
    tokenizer = Tokenizer(model.hf_tokenizer, True, task="transcribe", language=language)
    pieces = [tokenizer.encode(text) for text in words]
    if not 0 < sum(map(len, pieces)) <= _MOST_TOKENS:
        return [None] * len(words)
    tail = np.zeros(round(_TAIL_S * model.feature_extractor.sampling_rate), np.float32)
    features = model.feature_extractor(np.concatenate([samples, tail]), padding=0)
    frames = features.shape[-1] // 2 * 2
    encoded = model.model.encode(StorageView.from_array(np.ascontiguousarray(features[None, :, :frames])))
    tokens = [token for piece in pieces for token in piece]
    [result] = model.model.align(encoded, tokenizer.sot_sequence, [tokens], frames)
    return _timed(pieces, result.alignments, result.text_token_probs)


def _timed(
    pieces: Sequence[Sequence[int]], alignments: Sequence[tuple[int, int]], probabilities: Sequence[float]
) -> list[Timed]:
    """A word begins at the first frame of its first token and ends where the next word begins."""
    first_frame: dict[int, int] = {}
    for token, frame in alignments:
        first_frame.setdefault(token, frame)
    bounds = [0, *accumulate(len(piece) for piece in pieces)]
    return [
        Timed(first_frame[start] * _FRAME_S, first_frame[end] * _FRAME_S, float(np.mean(probabilities[start:end])))
        for start, end in pairwise(bounds)
    ]


def load() -> WhisperAttentionAligner:
    return WhisperAttentionAligner(from_environment(AlignerSettings))
