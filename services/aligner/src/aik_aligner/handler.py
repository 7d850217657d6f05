"""Vocals and lyrics to karaoke-json: when every word is sung."""

from collections.abc import Sequence

from aik_audio.decode import decode
from aik_audio.samples import SAMPLE_RATE
from aik_audio.voice import Region, voiced_regions
from aik_lyrics import Line, Lyrics
from aik_service.step import BadInput, Progress, StepInput, StepOutput, part

from aik_aligner.anchors import FASTEST_LETTERS_PER_S, letters
from aik_aligner.document import karaoke_of
from aik_aligner.listening import listen, mono_16k
from aik_aligner.port import Aligner
from aik_aligner.sections import sections
from aik_aligner.singing import Singing, placed

_READ, _LISTENED = 0.05, 0.6  # shares of the work that are done by then


def align(step: StepInput, aligner: Aligner, progress: Progress) -> StepOutput:
    """vocals, lyrics → karaoke, facts {coverage, confidence}; refuses no-vocals and lyrics-mismatch.

    Holds the vocals as mono at 16 kHz, 3.8 MB a minute: lines are tied to any place in the song.
    """
    lyrics = Lyrics.from_json(step.files["lyrics"].read_bytes())
    vocals = decode(step.files["vocals"])
    samples = mono_16k(vocals, part(progress, 0, _READ))
    regions = voiced_regions(samples)
    _refuse(lyrics.lines, regions)
    language = lyrics.language or step.language
    heard = listen(samples, regions, aligner, language, part(progress, _READ, _LISTENED))
    lines = [line for line in lyrics.lines if line.sung]
    found = placed(lines, Singing(samples, regions), heard, aligner, part(progress, _LISTENED, 1))
    karaoke = karaoke_of(
        lyrics,
        found,
        track_id=step.track_id,
        version=step.version,
        language=language or heard.language,
        heard_language=heard.sounds_like,
        duration_ms=step.duration_ms or vocals.frames * 1000 // SAMPLE_RATE,
        engine=aligner.identity.name,
    )
    karaoke = karaoke.model_copy(update={"sections": sections(karaoke, regions)})
    path = step.out / "karaoke.json"
    path.write_bytes(karaoke.to_json())
    facts = karaoke.alignment.model_dump(include={"coverage", "confidence"}) if karaoke.alignment else {}
    return StepOutput({"karaoke": path}, facts)


def _refuse(lines: Sequence[Line], regions: Sequence[Region]) -> None:
    if not regions:
        raise BadInput("no-vocals", "No singing was found in this song: choose a song with vocals.")
    voiced_s = sum(region.length for region in regions)
    if sum(len(letters(line.text)) for line in lines if line.sung) > FASTEST_LETTERS_PER_S * voiced_s:
        raise BadInput(
            "lyrics-mismatch",
            f"The lyrics have far more words than can be sung in {voiced_s:.0f} s of singing: "
            "check that they belong to this song.",
        )
