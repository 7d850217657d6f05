"""The words of each passage to their times, by two ways of aligning."""

from collections.abc import Sequence

from aik_audio.clock import VoicedTime
from aik_audio.passages import cut_out, to_song
from aik_lyrics import Line
from aik_lyrics.spoken import spoken
from aik_service.step import Progress

from aik_aligner.onsets import at_onsets
from aik_aligner.pauses import at_pauses
from aik_aligner.plan import Passage, short
from aik_aligner.port import Aligner, Timed
from aik_aligner.settling import Times, settled
from aik_aligner.singing import Singing

_MOST = 50_000  # seconds of voice times words that are searched by sound: time and memory grow with both


def word_times(
    passages: Sequence[Passage],
    lines: Sequence[Line],
    singing: Singing,
    language: str,
    aligner: Aligner,
    progress: Progress,
) -> dict[str, Timed]:
    """The time in the song of every word that was found, by its id."""
    times: dict[str, Timed] = {}
    for done, passage in enumerate(passages, start=1):
        for one, sounds in _cut(passage, lines, singing, language, aligner):
            words = [word for n in one.lines for word in lines[n].words]
            found = _aligned(one, sounds, lines, singing, language, aligner)
            times |= {word.id: timed for word, timed in zip(words, found, strict=True) if timed is not None}
        progress(done / len(passages))
    return times


def _cut(
    passage: Passage, lines: Sequence[Line], singing: Singing, language: str, aligner: Aligner
) -> list[tuple[Passage, Sequence[Times]]]:
    """The passage, cut at the pauses that lie between its lines, and where each part's words sound to be."""
    begin = VoicedTime(singing.regions).begin(passage.regions.start)
    found = by_sound(passage, lines, singing, language, aligner)
    starts = [[begin + timed.start for timed in line if timed is not None] for line in found]
    if not starts or not all(starts):
        return [(passage, found)]
    parts = at_pauses(passage, starts, singing.regions)
    if parts == [passage]:
        return [(parts[0], found)]
    return [(part, by_sound(part, lines, singing, language, aligner)) for part in parts]


def _aligned(
    passage: Passage,
    sounds: Sequence[Times],
    lines: Sequence[Line],
    singing: Singing,
    language: str,
    aligner: Aligner,
) -> Times:
    """By sound in one go, by attention in parts that it can hear at once."""
    voiced = [singing.regions[n] for n in passage.regions]
    parts = short(passage, VoicedTime(singing.regions))
    attended = [timed for part in parts for timed in _by_attention(part, lines, singing, language, aligner)]
    return settled(attended, [timed and to_song(timed, voiced) for line in sounds for timed in line])


def by_sound(
    passage: Passage,
    lines: Sequence[Line],
    singing: Singing,
    language: str,
    aligner: Aligner,
    *,
    all_sung: bool = True,
) -> Sequence[Times]:
    """Of the passage's lines, on the clock of its cut-out voice."""
    voiced = [singing.regions[n] for n in passage.regions]
    texts = [spelled_out(lines[n], language) for n in passage.lines]
    if not voiced or sum(region.length for region in voiced) * sum(map(len, texts)) > _MOST:
        return [[None] * len(line) for line in texts]
    return aligner.by_sound(cut_out(singing.samples, voiced), texts, language, all_sung=all_sung)


def _by_attention(part: Passage, lines: Sequence[Line], singing: Singing, language: str, aligner: Aligner) -> Times:
    voiced = [singing.regions[n] for n in part.regions]
    texts = [text for n in part.lines for text in spelled_out(lines[n], language)]
    if not texts or not voiced:
        return [None] * len(texts)
    found = aligner.align(cut_out(singing.samples, voiced), texts, language)
    times = [None if timed is None else to_song(timed, voiced) for timed in found]
    moved = iter(at_onsets([timed for timed in times if timed is not None], singing.samples))
    return [None if timed is None else next(moved) for timed in times]


def spelled_out(line: Line, language: str) -> list[str]:
    """The words for a tool as they are sung, with the space before them; words of two lines always stand apart."""
    spaces = [" ", *(" " if word.after else "" for word in line.words[:-1])][: len(line.words)]
    return [
        space + spoken(word.text, line.language or language) for space, word in zip(spaces, line.words, strict=True)
    ]
