"""Step `publish`: stems and karaoke document become the files of one version."""

from aik_lyrics import Karaoke
from aik_service.step import Progress, StepInput, StepOutput

from aik_publisher.files import FILES, KARAOKE, MANIFEST, TEXTS, Song
from aik_publisher.manifest import manifest
from aik_publisher.port import Encoder
from aik_publisher.sounds import write_sounds


def publish(step: StepInput, engine: Encoder, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → the files of `files.FILES`, the manifest of the others last."""
    document = step.files["karaoke"].read_bytes()
    karaoke = Karaoke.from_json(document)
    duration_ms = write_sounds(step, engine, progress)
    (step.out / KARAOKE).write_bytes(document)
    song = Song(karaoke, step.title, step.artist, step.out / "minus.m4a")
    for name, text in TEXTS.items():
        (step.out / name).write_bytes(text(song).encode())
    others = [name for name in FILES if name != MANIFEST]
    (step.out / MANIFEST).write_bytes(manifest(step, karaoke, engine.identity, others, duration_ms))
    progress(1.0)
    return StepOutput({name: step.out / name for name in FILES}, {"version": karaoke.version})
