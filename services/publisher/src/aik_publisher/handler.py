"""Step `publish`: stems and karaoke document become the files of one version."""

from pathlib import Path
from typing import Protocol

from aik_audio.decode import decode
from aik_audio.samples import Samples
from aik_lyrics import Karaoke
from aik_lyrics.exporters.lrc import to_lrc
from aik_service.step import Engine, Progress, StepInput, StepOutput

FORMATS = ("flac", "m4a")
# What reading the stems takes of the whole; the rest is shared by the sound files.
READ = 0.1


class Encoder(Engine, Protocol):
    """Writes samples of shape (frames, 2), 44.1 kHz, in the format that the path's suffix names (.flac, .m4a).

    The file plays exactly as long as the samples; samples outside of -1…1 are clipped; same samples, same bytes.
    """

    def encode(self, samples: Samples, path: Path) -> None: ...


def publish(step: StepInput, engine: Encoder, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → minus, vocals and mix, each as FLAC and M4A, karaoke.json, lyrics.lrc."""
    vocals, minus = decode(step.files["vocals"]), decode(step.files["accompaniment"])
    progress(READ)
    sounds = {"minus": minus, "vocals": vocals, "mix": vocals + minus}
    names = [(sound, f"{sound}.{suffix}") for sound in sounds for suffix in FORMATS]
    for done, (sound, name) in enumerate(names, start=1):
        engine.encode(sounds[sound], step.out / name)
        progress(READ + (1 - READ) * done / len(names))
    document = step.files["karaoke"].read_bytes()
    karaoke = Karaoke.from_json(document)
    (step.out / "karaoke.json").write_bytes(document)
    (step.out / "lyrics.lrc").write_bytes(to_lrc(karaoke).encode())
    written = [name for _, name in names] + ["karaoke.json", "lyrics.lrc"]
    return StepOutput({name: step.out / name for name in written}, {"version": karaoke.version})
