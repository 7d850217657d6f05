"""Vocals and lyrics to karaoke-json: when every word is sung."""

from collections.abc import Iterator, Sequence

from aik_audio.decode import decode
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.voice import Region, voiced_regions
from aik_lyrics import Line, Lyrics, Word
from aik_service.step import BadInput, Progress, StepInput, StepOutput, part

from aik_aligner.anchors import FASTEST_LETTERS_PER_S, anchors, letters
from aik_aligner.assign import Passage, assign
from aik_aligner.document import karaoke_of
from aik_aligner.listening import listen, mono_16k
from aik_aligner.onsets import at_onsets
from aik_aligner.passages import cut_out, to_song, to_voiced
from aik_aligner.port import Aligner, Heard, Timed

_READ, _LISTENED = 0.05, 0.7  # shares of the work that are done by then


def align(step: StepInput, aligner: Aligner, progress: Progress) -> StepOutput:
    """vocals, lyrics → karaoke, facts {coverage, confidence}; refuses no-vocals and lyrics-mismatch.

    Holds the vocals as mono at 16 kHz, 3.8 MB a minute: lines are tied to any place in the song.
    """
    lyrics = Lyrics.from_json(step.files["lyrics"].read_bytes())
    vocals = decode(step.files["vocals"])
    samples = mono_16k(vocals, part(progress, 0, _READ))
    lines = [line for line in lyrics.lines if line.sung]
    regions = voiced_regions(samples)
    _refuse(lines, regions)
    heard = listen(samples, regions, aligner, lyrics.language or step.language, part(progress, _READ, _LISTENED))
    times = dict(_times(lines, samples, regions, heard, aligner, part(progress, _LISTENED, 1)))
    karaoke = karaoke_of(
        lyrics,
        dict(zip(times, at_onsets(list(times.values()), samples), strict=True)),
        track_id=step.track_id,
        version=step.version,
        language=lyrics.language or step.language or heard.language,
        duration_ms=step.duration_ms or vocals.frames * 1000 // SAMPLE_RATE,
        engine=aligner.identity.name,
    )
    path = step.out / "karaoke.json"
    path.write_bytes(karaoke.to_json())
    facts = karaoke.alignment.model_dump(include={"coverage", "confidence"}) if karaoke.alignment else {}
    return StepOutput({"karaoke": path}, facts)


def _refuse(lines: Sequence[Line], regions: Sequence[Region]) -> None:
    if not regions:
        raise BadInput("no-vocals", "No singing was found in this song: choose a song with vocals.")
    voiced_s = sum(region.length for region in regions)
    if sum(len(letters(line.text)) for line in lines) > FASTEST_LETTERS_PER_S * voiced_s:
        raise BadInput(
            "lyrics-mismatch",
            f"The lyrics have far more words than can be sung in {voiced_s:.0f} s of singing: "
            "check that they belong to this song.",
        )


def _times(
    lines: Sequence[Line],
    samples: Samples,
    regions: Sequence[Region],
    heard: Heard,
    aligner: Aligner,
    progress: Progress,
) -> Iterator[tuple[str, Timed]]:
    """The ids of the words that were found, each with its time in the song."""
    spelled = [letters(line.text) for line in lines]
    transcript = [(text, to_voiced(timed, regions)) for text, timed in heard.words]
    passages = assign([len(text) for text in spelled], regions, anchors("".join(spelled), transcript))
    for done, passage in enumerate(passages, start=1):
        yield from _passage_times(passage, lines, samples, regions, heard.language, aligner)
        progress(done / len(passages))


def _passage_times(
    passage: Passage,
    lines: Sequence[Line],
    samples: Samples,
    regions: Sequence[Region],
    language: str,
    aligner: Aligner,
) -> Iterator[tuple[str, Timed]]:
    words = [word for n in passage.lines for word in _words(lines[n])]
    voiced = [regions[n] for n in passage.regions]
    if words and voiced:
        found = aligner.align(cut_out(samples, voiced), words, language)
        for word, timed in zip(words, found, strict=True):
            if timed is not None:
                yield word.id, to_song(timed, voiced)


def _words(line: Line) -> list[Word]:
    """The line's words for a tool, which needs to see that words stand apart where the line ends too."""
    *words, last = line.words
    return [*words, last.model_copy(update={"after": "\n"})]
