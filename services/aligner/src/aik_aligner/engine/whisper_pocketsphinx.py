"""The default aligner: Whisper base hears and attends; pocketsphinx aligns by sound, where it is installed."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from aik_events.environment import from_environment
from aik_service.step import EngineIdentity

from aik_aligner.engine.whisper_attention import WhisperAttentionAligner
from aik_aligner.port import Aligner
from aik_aligner.settings import AlignerSettings

if TYPE_CHECKING:
    from aik_aligner.engine.pocketsphinx import SoundAligner


class WhisperPocketsphinxAligner:
    """Each does what it is better at; the identity names both."""

    def __init__(self, whisper: WhisperAttentionAligner, sounds: "SoundAligner") -> None:
        self.language_of = whisper.language_of
        self.listen = whisper.listen
        self.align = whisper.align
        self.by_sound = sounds.by_sound
        self.identity = EngineIdentity(
            name="whisper-pocketsphinx",
            version=f"{whisper.identity.version}, {sounds.version}",
            weights_sha256=whisper.identity.weights_sha256,
            parameters={**whisper.identity.parameters, "sounds": sounds.options},
        )


def load() -> Aligner:
    """With Whisper alone where pocketsphinx has no package for this Python, or is not wanted: alignment is rougher."""
    settings = from_environment(AlignerSettings)
    whisper = WhisperAttentionAligner(settings)
    if not settings.sounds or find_spec("pocketsphinx") is None:
        return whisper
    from aik_aligner.engine.pocketsphinx import SoundAligner

    return WhisperPocketsphinxAligner(whisper, SoundAligner())
