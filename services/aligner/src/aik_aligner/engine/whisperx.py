"""Alignment by large models: Whisper hears and attends through whisperx, wav2vec2 goes by sound where it can."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec

import numpy as np
from aik_audio.batched_whisper import OPTIONS, BatchedWhisper, free, versions
from aik_audio.once import OneAtATime
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.device import at_once, torch_device
from aik_service.models import Model, verified
from aik_service.step import EngineIdentity

from aik_aligner.engine.wav2vec2 import LetterAligner
from aik_aligner.engine.whisper_attention import attended
from aik_aligner.letter_models import LETTER_MODELS
from aik_aligner.port import Timed
from aik_aligner.settings import AlignerSettings, WhisperxSettings

if find_spec("pocketsphinx") is not None:
    from aik_aligner.engine.pocketsphinx import SoundAligner


class WhisperxAligner:
    """By sound, languages that have no model of their letters are aligned as the default engine does it.

    For several threads, whose pieces share batches. Of the models of letters, one is in the device's memory.
    """

    def __init__(
        self, model: Model, letters: Mapping[str, Model], settings: AlignerSettings, own: WhisperxSettings
    ) -> None:
        self._whisper = BatchedWhisper(
            model.folder,
            settings.device,
            own.batch,
            settings.threads,
            voice_activity=False,
            delay_s=own.batch_delay_s,
        )
        self._models = letters
        self._letters: OneAtATime[str, LetterAligner] = OneAtATime(
            lambda language: LetterAligner(
                letters[language].folder,
                language,
                settings.device,
                at_once(settings.device, own.batch),
                own.batch_delay_s,
            ),
            free,
        )
        self._sounds = SoundAligner() if settings.sounds and find_spec("pocketsphinx") is not None else None
        self.identity = EngineIdentity(
            name="whisperx",
            version=", ".join([versions(), *([self._sounds.version] if self._sounds else [])]),
            weights_sha256=model.sha256,
            parameters={
                "model": own.model,
                "device": settings.device,
                "compute_type": self._whisper.compute_type,
                "batch": own.batch,
                **OPTIONS,
                "letters": {
                    language: {"model": LETTER_MODELS[language], "sha256": letters[language].sha256}
                    for language in letters
                },
                "sounds": self._sounds.options if self._sounds else None,
            },
        )

    def language_of(self, samples: Samples) -> str:
        languages = self._whisper.languages(samples)
        return max(sorted(languages), key=languages.__getitem__)

    def listen(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[tuple[str, Timed]]]:
        known = self._whisper.known(language)
        if known is not None:
            return (piece.words for piece in self._whisper.heard(pieces, known))
        each = (self._whisper.heard([samples], self.language_of(samples)) for samples in pieces)
        return (piece.words for heard in each for piece in heard)

    def align(self, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
        code = self._whisper.known(language) or "en"
        return self._whisper.alone(lambda model: attended(model, samples, words, code))

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        code = language.partition("-")[0].lower()
        if code in self._models:
            with self._letters.of(code) as letters:
                heard = letters.heard(samples)
            return heard.timed(lines, all_sung=all_sung)
        if self._sounds is not None:
            return self._sounds.by_sound(samples, lines, language, all_sung=all_sung)
        return [[None] * len(line) for line in lines]

    def warm_up(self) -> None:
        """Loads Whisper and the model of the first language's letters, and hears a batch of silence with both."""
        self._whisper.warm_up()
        for code in list(self._models)[:1]:
            with self._letters.of(code) as letters:
                letters.heard(np.zeros(SPEECH_RATE, np.float32))


def load() -> WhisperxAligner:
    """Raises DeviceUnavailable, DeviceTaken, ModelMissing or ModelDamaged."""
    settings, own = from_environment(AlignerSettings), from_environment(WhisperxSettings)
    torch_device(settings.device, "AIK_ALIGNER_DEVICE")
    letters = {language: verified(settings.models, LETTER_MODELS[language]) for language in own.languages}
    return WhisperxAligner(verified(settings.models, own.model), letters, settings, own)
