"""Lines to the times of their words: coarse by what was heard, then fine inside of each passage."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_lyrics import Line, Word
from aik_service.step import Progress

from aik_aligner.anchors import anchors, letters
from aik_aligner.onsets import at_onsets
from aik_aligner.passages import cut_out, to_song, to_voiced
from aik_aligner.plan import Passage, plan
from aik_aligner.port import Aligner, Heard, Timed


@dataclass(frozen=True)
class Singing:
    """The vocals, mono at 16 kHz, and where the voice is in them."""

    samples: Samples
    regions: Sequence[Region]


@dataclass(frozen=True)
class Placed:
    """The times of the words that were found, by id, and the ids of the lines that nobody sings.

    `agreement` is the share of the lyrics' letters that the transcript has at the same place, 0…1.
    """

    times: Mapping[str, Timed]
    unsung: frozenset[str]
    agreement: float


def placed(lines: Sequence[Line], singing: Singing, heard: Heard, aligner: Aligner, progress: Progress) -> Placed:
    """Where these lines, which are there to be sung, are sung."""
    spelled = [letters(line.text) for line in lines]
    sizes = [len(text) for text in spelled]
    transcript = [(text, to_voiced(timed, singing.regions)) for text, timed in heard.words]
    tied = anchors("".join(spelled), transcript, [0, *accumulate(sizes)][:-1])
    passages = plan(sizes, singing.regions, tied)
    times: dict[str, Timed] = {}
    for done, passage in enumerate(passages, start=1):
        times |= _aligned(passage, lines, singing, heard.language, aligner)
        progress(done / len(passages))
    found = dict(zip(times, at_onsets(list(times.values()), singing.samples), strict=True))
    sung = {n for passage in passages for n in passage.lines}
    unsung = frozenset(line.id for n, line in enumerate(lines) if n not in sung)
    return Placed(found, unsung, len(tied) / max(1, sum(sizes)))


def _aligned(
    passage: Passage, lines: Sequence[Line], singing: Singing, language: str, aligner: Aligner
) -> Iterator[tuple[str, Timed]]:
    """The ids of the words that were found, each with its time in the song."""
    words = [word for n in passage.lines for word in lines[n].words]
    voiced = [singing.regions[n] for n in passage.regions]
    if words and voiced:
        found = aligner.align(cut_out(singing.samples, voiced), spelled_out(lines[n] for n in passage.lines), language)
        for word, timed in zip(words, found, strict=True):
            if timed is not None:
                yield word.id, to_song(timed, voiced)


def spelled_out(lines: Iterator[Line]) -> list[str]:
    """The words for a tool, with the space before them; words of two lines always stand apart."""
    return [text for line in lines for text in _spaced(line.words)]


def _spaced(words: Sequence[Word]) -> list[str]:
    spaces = [" ", *(" " if word.after else "" for word in words[:-1])]
    return [space + word.text for space, word in zip(spaces, words, strict=True)]
