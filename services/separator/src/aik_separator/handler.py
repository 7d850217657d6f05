"""Step `separate`: the uploaded song becomes two stems, or is refused with a sentence that says what to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aik_audio.decode import decode
from aik_audio.encode import encode_flac
from aik_audio.errors import AudioError
from aik_audio.level import is_silent
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_service.models import sha256_of
from aik_service.step import BadInput, Engine, Progress, StepInput, StepOutput

from aik_separator.settings import SeparatorSettings

SHORTEST_S = 1.0
SEPARATED, FIRST_WRITTEN = 0.92, 0.96


@dataclass(frozen=True)
class Stems:
    """Both as long as the mix, shape (frames, 2), 44.1 kHz; they add up to the mix."""

    vocals: Samples
    accompaniment: Samples


class Separator(Engine, Protocol):
    """Splits a mix of shape (frames, 2), 44.1 kHz, and leaves it as it is; the same mix gives the same stems.

    Calls `progress` with the share that is done after each chunk; memory beyond mix and stems is bounded.
    """

    def separate(self, mix: Samples, progress: Progress) -> Stems: ...


def separate(step: StepInput, engine: Separator, progress: Progress) -> StepOutput:
    """source → vocals, accompaniment, with the longest duration from the settings."""
    return separate_song(step, engine, progress, max_duration_s=SeparatorSettings().max_duration_s)


def separate_song(step: StepInput, engine: Separator, progress: Progress, *, max_duration_s: float) -> StepOutput:
    source = step.files["source"]
    check_upload(source, step.source_sha256)
    mix = usable_song(source, max_duration_s)
    stems = engine.separate(mix, lambda share: progress(share * SEPARATED))
    files = {kind: step.out / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    encode_flac(stems.vocals, files["vocals"])
    progress(FIRST_WRITTEN)
    encode_flac(stems.accompaniment, files["accompaniment"])
    progress(1.0)
    return StepOutput(files, {"duration_ms": round(len(mix) * 1000 / SAMPLE_RATE)})


def check_upload(source: Path, sha256: str | None) -> None:
    """Raises BadInput checksum-mismatch if the client named a hash and the file has another."""
    if sha256 is not None and sha256_of(source) != sha256.lower():
        raise BadInput("checksum-mismatch", "The file that arrived is not the file that was sent: upload it again.")


def usable_song(source: Path, max_duration_s: float) -> Samples:
    """The song's samples; raises BadInput for what can't become a karaoke track."""
    try:
        mix = decode(source, max_duration_s=max_duration_s)
    except AudioError as error:
        raise BadInput(error.code, str(error)) from error
    if len(mix) < SHORTEST_S * SAMPLE_RATE:
        raise BadInput("too-short", "The song is shorter than a second: upload the whole song.")
    if is_silent(mix):
        raise BadInput("silent-audio", "There is nothing to hear in the file: check the recording and upload it again.")
    return mix
