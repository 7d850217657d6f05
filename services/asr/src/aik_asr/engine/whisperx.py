"""Transcription by a Whisper model through whisperx, several pieces at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from aik_audio.batched_whisper import OPTIONS, VOICE_ACTIVITY, BatchedWhisper, HeardPiece, versions
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.device import torch_device
from aik_service.models import Model, verified
from aik_service.step import EngineIdentity

from aik_asr.port import HeardWord, Segment
from aik_asr.settings import AsrSettings, WhisperxSettings


class WhisperxTranscriber:
    """One segment a piece, as whisperx has it; a word's time is that of Whisper's cross-attention.

    For several threads, whose pieces share batches.
    """

    def __init__(self, model: Model, settings: AsrSettings, own: WhisperxSettings) -> None:
        self._whisper = BatchedWhisper(
            model.folder,
            settings.device,
            own.batch,
            settings.threads,
            voice_activity=own.voice_activity,
            delay_s=own.batch_delay_s,
        )
        self.identity = EngineIdentity(
            name="whisperx",
            version=versions(),
            weights_sha256=model.sha256,
            parameters={
                "model": own.model,
                "device": settings.device,
                "compute_type": self._whisper.compute_type,
                "batch": own.batch,
                "voice_activity": VOICE_ACTIVITY if own.voice_activity else None,
                **OPTIONS,
            },
        )

    def warm_up(self) -> None:
        """Loads the models and hears a batch of silence; raises MemoryError."""
        self._whisper.warm_up()

    def known(self, language: str) -> str | None:
        return self._whisper.known(language)

    def languages(self, samples: Samples) -> Mapping[str, float]:
        return self._whisper.languages(samples)

    def transcribe(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[Segment]]:
        return map(_segments, self._whisper.heard(pieces, language))


def _segments(heard: HeardPiece) -> Sequence[Segment]:
    words = [HeardWord(text, timed.start, timed.end, timed.confidence) for text, timed in heard.words]
    return [Segment(words, heard.no_speech, heard.repetition)] if words else []


def load() -> WhisperxTranscriber:
    """Raises DeviceUnavailable, DeviceTaken, ModelMissing or ModelDamaged."""
    settings, own = from_environment(AsrSettings), from_environment(WhisperxSettings)
    torch_device(settings.device, "AIK_ASR_DEVICE")
    return WhisperxTranscriber(verified(settings.models, own.model), settings, own)
