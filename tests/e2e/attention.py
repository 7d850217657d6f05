"""Another aligner, for comparing: Whisper's attention alone, as where there is no pocketsphinx."""

from aik_aligner.engine.whisper_attention import WhisperAttentionAligner
from aik_aligner.settings import AlignerSettings


def load() -> WhisperAttentionAligner:
    return WhisperAttentionAligner(AlignerSettings())
