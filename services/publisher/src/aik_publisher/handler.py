"""Step `publish`: stems and karaoke document become the files of one version."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol

from aik_audio.decode import decode
from aik_audio.encode import Write
from aik_audio.samples import Samples
from aik_lyrics import Karaoke
from aik_lyrics.exporters.lrc import to_lrc
from aik_service.step import Engine, Progress, StepInput, StepOutput

SOUNDS = ("minus", "vocals", "mix")
FORMATS = ("flac", "m4a")


class Encoder(Engine, Protocol):
    """Writes blocks of shape (frames, 2), 44.1 kHz, in the format that the path's suffix names (.flac, .m4a).

    The file is whole when the context ends, and plays exactly as long as its samples; samples outside of -1…1 are
    clipped; the same samples give the same bytes, however they are cut. Memory is bounded, whatever the length.
    """

    def encode(self, path: Path) -> AbstractContextManager[Write]: ...


def publish(step: StepInput, engine: Encoder, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → minus, vocals and mix, each as FLAC and M4A, karaoke.json, lyrics.lrc."""
    document = step.files["karaoke"].read_bytes()
    karaoke = Karaoke.from_json(document)
    (step.out / "karaoke.json").write_bytes(document)
    (step.out / "lyrics.lrc").write_bytes(to_lrc(karaoke).encode())
    names = [f"{sound}.{suffix}" for sound in SOUNDS for suffix in FORMATS]
    with ExitStack() as open_files:
        writers = {name: open_files.enter_context(engine.encode(step.out / name)) for name in names}
        for sounds, share in _blocks(step.files["vocals"], step.files["accompaniment"]):
            for name, write in writers.items():
                write(sounds[Path(name).stem])
            progress(share)
    progress(1.0)
    written = [*names, "karaoke.json", "lyrics.lrc"]
    return StepOutput({name: step.out / name for name in written}, {"version": karaoke.version})


def _blocks(vocals: Path, accompaniment: Path) -> Iterator[tuple[dict[str, Samples], float]]:
    """The same stretch of every sound, and the share of the song that is read with it."""
    singing, music = decode(vocals), decode(accompaniment)
    for voice, minus in zip(singing, music, strict=True):
        if len(voice) != len(minus):
            raise ValueError("the stems are not equally long")
        yield {"minus": minus, "vocals": voice, "mix": voice + minus}, music.share
