"""Step `separate`: the uploaded song becomes two stems, or is refused with a sentence that says what to do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aik_audio.decode import decode
from aik_audio.encode import encode_flac
from aik_audio.errors import AudioError
from aik_audio.level import is_silent
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_events.environment import from_environment
from aik_service.models import sha256_of
from aik_service.step import BadInput, Engine, Progress, StepInput, StepOutput

from aik_separator.settings import SeparatorSettings

SHORTEST_S = 1.0


@dataclass(frozen=True)
class Stems:
    """The same stretch of both, shape (frames, 2), 44.1 kHz; they add up to the mix."""

    vocals: Samples
    accompaniment: Samples


class Separator(Engine, Protocol):
    """Splits a mix, given and answered in blocks of any size: put together, the stems are as long as the mix.

    The same mix gives the same stems, however it is cut and whatever other threads ask for meanwhile, as long as memory
    is enough: where it runs out, which other threads can cause, batches get smaller, and last digits may change. Takes
    blocks as it needs them and leaves them as they are; memory is bounded, whatever the song's length.
    """

    def separate(self, mix: Iterable[Samples]) -> Iterator[Stems]: ...


def separate(step: StepInput, engine: Separator, progress: Progress) -> StepOutput:
    """source → vocals, accompaniment, with the longest duration from the settings."""
    return separate_song(step, engine, progress, max_duration_s=from_environment(SeparatorSettings).max_duration_s)


def separate_song(step: StepInput, engine: Separator, progress: Progress, *, max_duration_s: float) -> StepOutput:
    """Reads the song twice: once to see that it can be used, before anything is computed or told, and once to split."""
    source = step.files["source"]
    check_upload(source, step.source_sha256)
    frames = check_song(source, max_duration_s)
    files = {kind: step.out / f"{kind}.flac" for kind in ("vocals", "accompaniment")}
    done = 0
    with encode_flac(files["vocals"]) as write_vocals, encode_flac(files["accompaniment"]) as write_accompaniment:
        for stems in engine.separate(decode(source)):
            write_vocals(stems.vocals)
            write_accompaniment(stems.accompaniment)
            done += len(stems.vocals)
            progress(done / frames)
    return StepOutput(files, {"duration_ms": round(done * 1000 / SAMPLE_RATE)})


def check_upload(source: Path, sha256: str | None) -> None:
    """Raises BadInput checksum-mismatch if the client named a hash and the file has another."""
    if sha256 is not None and sha256_of(source) != sha256.lower():
        raise BadInput("checksum-mismatch", "The file that arrived is not the file that was sent: upload it again.")


def check_song(source: Path, max_duration_s: float) -> int:
    """The song's frames; raises BadInput for what can't become a karaoke track."""
    song = decode(source, max_duration_s=max_duration_s)
    try:
        silent = is_silent(song)
    except AudioError as error:
        raise BadInput(error.code, str(error)) from error
    if song.frames < SHORTEST_S * SAMPLE_RATE:
        raise BadInput("too-short", "The song is shorter than a second: upload the whole song.")
    if silent:
        raise BadInput("silent-audio", "There is nothing to hear in the file: check the recording and upload it again.")
    return song.frames
