"""Vocals and lyrics to karaoke-json: when every word is sung."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aik_audio.decode import decode
from aik_audio.resample import SPEECH_RATE, to_mono_16k
from aik_audio.samples import Samples
from aik_lyrics import Lyrics
from aik_service.step import BadInput, Engine, Progress, StepInput, StepOutput
