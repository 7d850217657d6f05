"""Transcription by Whisper base through faster-whisper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from aik_audio.once import made_once
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.models import WHISPER_BASE_SHA256, whisper_base
from aik_service.step import EngineIdentity
from faster_whisper import WhisperModel

from aik_asr.port import HeardWord, Segment
from aik_asr.settings import AsrSettings

# Temperature 0 alone: the fallback to higher ones is drawn by chance and takes ten times as long.
_OPTIONS: dict[str, Any] = {
    "beam_size": 1,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "word_timestamps": True,
    "max_new_tokens": 224,  # of 30 s: as many as the model was trained with; only a loop has more
}


class FasterWhisperTranscriber:
    """Whisper base, int8, on the CPU."""

    def __init__(self, settings: AsrSettings) -> None:
        self._settings = settings
        self.identity = EngineIdentity(
            name="faster-whisper",
            version=f"faster-whisper {version('faster-whisper')}, ctranslate2 {version('ctranslate2')}",
            weights_sha256=WHISPER_BASE_SHA256,
            parameters={"model": "base", "compute_type": "int8", **_OPTIONS},
        )

    @made_once
    def _model(self) -> WhisperModel:
        folder = whisper_base(self._settings.models)
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=self._settings.threads)

    def known(self, language: str) -> str | None:
        name = language.partition("-")[0].lower()
        return name if name in self._model.supported_languages else None

    def languages(self, samples: Samples) -> Mapping[str, float]:
        _, _, probabilities = self._model.detect_language(samples)
        return {str(name): float(probability) for name, probability in probabilities}

    def transcribe(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[Segment]]:
        return (self._heard(samples, language) for samples in pieces)

    def _heard(self, samples: Samples, language: str) -> Sequence[Segment]:
        segments, _ = self._model.transcribe(samples, language=language, **_OPTIONS)
        return [
            Segment(
                [
                    HeardWord(word.word, float(word.start), float(word.end), float(word.probability))
                    for word in segment.words or ()
                ],
                float(segment.no_speech_prob),
                float(segment.compression_ratio),
            )
            for segment in segments
        ]


def load() -> FasterWhisperTranscriber:
    return FasterWhisperTranscriber(from_environment(AsrSettings))
