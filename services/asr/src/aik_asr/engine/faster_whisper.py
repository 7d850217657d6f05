"""Transcription by Whisper base through faster-whisper."""

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from typing import Any

from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_service.models import WHISPER_BASE_SHA256, whisper_base
from aik_service.step import EngineIdentity, Progress
from faster_whisper import WhisperModel

from aik_asr.port import HeardWord, Segment, Transcript
from aik_asr.settings import AsrSettings

# Temperature 0 alone: the fallback to higher ones is drawn by chance and takes ten times as long.
_OPTIONS: dict[str, Any] = {
    "beam_size": 5,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "word_timestamps": True,
    "language_detection_segments": 4,
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

    @cached_property
    def _model(self) -> WhisperModel:
        folder = whisper_base(self._settings.models)
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=self._settings.threads)

    def transcribe(self, samples: Samples, language: str | None, progress: Progress) -> Transcript:
        segments, info = self._model.transcribe(samples, language=self._known(language), **_OPTIONS)
        return Transcript(info.language, list(_segments(segments, len(samples) / SPEECH_RATE, progress)))

    def _known(self, language: str | None) -> str | None:
        """Whisper's name for a language tag such as en-US; None for one that it doesn't know."""
        name = (language or "").partition("-")[0].lower()
        return name if name in self._model.supported_languages else None


def _segments(segments: Any, duration_s: float, progress: Progress) -> Iterator[Segment]:
    """faster-whisper computes while it is asked for the next segment."""
    for segment in segments:
        progress(min(1.0, float(segment.end) / duration_s))
        words = [
            HeardWord(word.word, float(word.start), float(word.end), float(word.probability))
            for word in segment.words or ()
        ]
        yield Segment(words, float(segment.no_speech_prob), float(segment.compression_ratio))


def load() -> FasterWhisperTranscriber:
    return FasterWhisperTranscriber(AsrSettings())
