"""Step `publish`: stems and karaoke document become the files of one version."""

import json

from aik_lyrics import Karaoke
from aik_service.step import Progress, StepInput, StepOutput

from aik_publisher.files import FILES, KARAOKE, LENGTH, MANIFEST, TEXTS, Song
from aik_publisher.manifest import manifest
from aik_publisher.port import Encoder
from aik_publisher.sounds import write_sounds


def publish(step: StepInput, engine: Encoder, progress: Progress) -> StepOutput:
    """vocals, accompaniment, karaoke → the files of `files.FILES`, the manifest of the others last."""
    document = step.files["karaoke"].read_bytes()
    karaoke = Karaoke.from_json(document)
    sounds = step.kept or write_sounds(step, engine, progress)
    files = {name: sounds.get(name, step.out / name) for name in FILES}
    files[KARAOKE].write_bytes(document)
    song = Song(karaoke, step.title, step.artist, sounds["minus.m4a"])
    for name, text in TEXTS.items():
        files[name].write_bytes(text(song).encode())
    duration_ms = json.loads(sounds[LENGTH].read_bytes())["durationMs"]
    files[MANIFEST].write_bytes(manifest(step, karaoke, engine.identity, files, duration_ms))
    progress(1.0)
    return StepOutput(files, {"version": karaoke.version}, kept=sounds)
