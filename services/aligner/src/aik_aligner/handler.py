"""Vocals and lyrics to karaoke-json: when every word is sung."""

from collections.abc import Sequence
from dataclasses import replace

from aik_audio.decode import decode
from aik_audio.level import voice_under_music_db
from aik_audio.resample import mono_16k, other_stem_16k
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.voice import Region, frame_levels, voiced_regions
from aik_events.pipeline import EARLIER_KARAOKE
from aik_lyrics import Karaoke, Line, Lyrics
from aik_service.step import BadInput, Progress, StepInput, StepOutput, part

from aik_aligner.anchors import FASTEST_LETTERS_PER_S, letters
from aik_aligner.document import karaoke_of
from aik_aligner.hints import hinted_words
from aik_aligner.kept import kept_lines, stretches
from aik_aligner.made_by import aligned_by, other_engines
from aik_aligner.placing import placed, placed_by_ear, together, wants_ears
from aik_aligner.port import Aligner
from aik_aligner.sections import sections
from aik_aligner.singing import Evidence, Placed, Singing

_READ = 0.05  # share of the work that is done by then
_WINDOW_S, _LOUDEST_WINDOWS = 0.05, 100  # five seconds, in which a voice that is mixed low is 5 dB under its music …
_MUSIC_ALONE_DB = 13.0  # … and what a separator takes for one in music alone is so much under it, or more


def align(step: StepInput, aligner: Aligner, progress: Progress) -> StepOutput:
    """vocals, lyrics (accompaniment) → karaoke, facts {coverage, confidence}; refuses no-vocals and lyrics-mismatch.

    With the karaoke document that an edit started from, only what the edit changed is aligned. Holds the vocals as mono
    at 16 kHz, 7.7 MB a minute with the accompaniment: lines are tied to any place in the song.
    """
    lyrics = Lyrics.from_json(step.files["lyrics"].read_bytes())
    earlier = _earlier(step, aligner)
    vocals = decode(step.files["vocals"])
    samples = mono_16k(vocals, part(progress, 0, _READ / 2))
    regions = voiced_regions(samples)
    _refuse(step, lyrics.lines, samples, regions)
    singing = Singing(samples, regions, told=hinted_words(lyrics, regions))
    kept = kept_lines(lyrics, earlier) if earlier else {}
    language = lyrics.language or step.language or (earlier.language if earlier else None)
    todo = list(stretches(lyrics, kept))
    if not singing.told and (not (kept and language) or any(wants_ears(stretch, singing) for stretch in todo)):
        # Nothing else reads the music, and reading it would take as long as all the rest of an edit.
        singing = replace(
            singing,
            music=other_stem_16k(step.files.get("accompaniment"), len(samples), part(progress, _READ / 2, _READ)),
        )
    found: list[Placed] = []
    for done, stretch in enumerate(todo):
        told = part(progress, _READ + (1 - _READ) * done / len(todo), _READ + (1 - _READ) * (done + 1) / len(todo))
        if kept and language:
            found.append(placed(stretch, singing, language, aligner, told))
        else:
            found.append(placed_by_ear(stretch, singing, language, aligner, told))
    by = aligned_by(aligner.identity)
    karaoke = karaoke_of(
        lyrics,
        replace(together(found), evidence=_evidence(earlier)) if kept and earlier else together(found),
        kept,
        track_id=step.track_id,
        version=step.version,
        duration_ms=step.duration_ms or vocals.frames * 1000 // SAMPLE_RATE,
        by=by,
        before=other_engines(by, earlier.alignment) if kept and earlier else (),
    )
    progress(1.0)
    karaoke = karaoke.model_copy(update={"sections": sections(karaoke, regions)})
    path = step.out / "karaoke.json"
    path.write_bytes(karaoke.to_json())
    facts = karaoke.alignment.model_dump(include={"coverage", "confidence"}) if karaoke.alignment else {}
    return StepOutput({"karaoke": path}, facts)


def _earlier(step: StepInput, aligner: Aligner) -> Karaoke | None:
    """The document that an edit started from, if this aligner made it."""
    path = step.files.get(EARLIER_KARAOKE)
    earlier = Karaoke.from_json(path.read_bytes()) if path else None
    return earlier if earlier and earlier.alignment and earlier.alignment.engine == aligner.identity.name else None


def _evidence(earlier: Karaoke) -> Evidence:
    """What was heard then is true of the song still."""
    heard = earlier.alignment
    if heard is None:
        return Evidence(earlier.language)
    return Evidence(earlier.language, heard.heard_language, heard.agreement)


def _refuse(step: StepInput, lines: Sequence[Line], samples: Samples, regions: Sequence[Region]) -> None:
    voiced_s = sum(region.length for region in regions)
    letter_count = sum(len(letters(line.text)) for line in lines if line.sung)
    too_many = letter_count > FASTEST_LETTERS_PER_S * voiced_s
    if not regions or (
        too_many
        and _is_music_alone(samples, other_stem_16k(step.files.get("accompaniment"), len(samples), lambda _: None))
    ):
        raise BadInput("no-vocals", "No singing was found in this song: choose a song with vocals.")
    if too_many:
        raise BadInput(
            "lyrics-mismatch",
            f"The lyrics have far more words than can be sung in {voiced_s:.0f} s of singing: "
            "check that they belong to this song.",
        )


def _is_music_alone(vocals: Samples, music: Samples | None) -> bool:
    """Whether what there is of vocals is far below the music all the time."""
    if music is None:
        return False
    voice, band = (frame_levels(samples, _WINDOW_S) for samples in (vocals, music))
    under = voice_under_music_db(voice, band, _LOUDEST_WINDOWS)
    return under is not None and under >= _MUSIC_ALONE_DB
