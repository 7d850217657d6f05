"""Lines to the times of their words: coarse by what was heard, then fine inside of each passage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from aik_audio.passages import cut_out, to_song, to_voiced
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_lyrics import Line, Word
from aik_service.step import Progress, part

from aik_aligner.anchors import Anchor, anchors, letters
from aik_aligner.kept import Stretch
from aik_aligner.listening import listen
from aik_aligner.onsets import at_onsets
from aik_aligner.plan import LONGEST_S, Passage, has_room, plan
from aik_aligner.port import Aligner, Heard, Timed

_LISTENED = 0.6  # share of the work that is done by then
_MUSIC = (0.5, 1.0, 0.0)  # how much of the music the voice is heard with, one after the other …
_AGREES = 0.5  # … until so large a share of the letters agrees


@dataclass(frozen=True)
class Singing:
    """The vocals and the music without them, mono at 16 kHz and equally long, and where the voice is."""

    samples: Samples
    regions: Sequence[Region]
    music: Samples | None = None

    @property
    def length(self) -> float:
        """Of the voice, in s."""
        return sum(region.length for region in self.regions)

    def between(self, start: float, end: float) -> "Singing":
        """The part of it from one time to another, in s, on the same clock."""
        inside = [region for region in self.regions if region.end > start and region.start < end]
        return replace(self, regions=[Region(max(start, r.start), min(end, r.end)) for r in inside])

    def with_music(self, share: float) -> Samples:
        """The vocals with so much of the music; the vocals alone where there is none."""
        return self.samples if self.music is None or share == 0 else self.samples + np.float32(share) * self.music


@dataclass(frozen=True)
class Evidence:
    """What the ear says: the language of the lyrics if nobody named it, the one that the singing sounds like, and the
    share of the lyrics' letters that a transcript has at the same place, 0…1; None where nobody listened."""

    language: str | None = None
    sounds_like: str | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class Placed:
    """The times of the words that were found, by id, and the ids of the lines that nobody sings."""

    times: Mapping[str, Timed]
    unsung: frozenset[str]
    evidence: Evidence = Evidence()


def placed_by_ear(
    stretch: Stretch, singing: Singing, language: str | None, aligner: Aligner, progress: Progress
) -> Placed:
    """Where these lines are sung, if they are; there is singing in the stretch."""
    inside = singing.between(stretch.start, stretch.end)
    sizes = [len(letters(line.text)) for line in stretch.lines]
    heard, tied = _heard(stretch.lines, sizes, inside, language, aligner, part(progress, 0, _LISTENED))
    passages = plan(sizes, inside.regions, tied)
    found = _fine(passages, stretch.lines, inside, heard.language, aligner, part(progress, _LISTENED, 1))
    return replace(found, evidence=Evidence(heard.language, heard.sounds_like, _agreement(tied, sizes)))


def _heard(
    lines: Sequence[Line],
    sizes: Sequence[int],
    singing: Singing,
    language: str | None,
    aligner: Aligner,
    progress: Progress,
) -> tuple[Heard, list[Anchor]]:
    """The transcript that has most of the lyrics' letters, and where they are.

    A model hears a voice better in its music than as a separator leaves it, or the other way round: it is heard with
    less or more of the music until it agrees.
    """
    spelled = "".join(letters(line.text) for line in lines)
    shares = _MUSIC if singing.music is not None else _MUSIC[:1]
    heard: list[tuple[Heard, list[Anchor]]] = []
    for n, share in enumerate(shares):
        told = part(progress, n / len(shares), (n + 1) / len(shares))
        transcript = listen(singing.with_music(share), singing.regions, aligner, language, told)
        words = [(text, to_voiced(timed, singing.regions)) for text, timed in transcript.words]
        heard.append((transcript, anchors(spelled, words, [0, *accumulate(sizes)][:-1])))
        if _agreement(heard[-1][1], sizes) >= _AGREES:
            break
    return max(heard, key=lambda one: len(one[1]))


def _agreement(tied: Sequence[Anchor], sizes: Sequence[int]) -> float:
    return len(tied) / max(1, sum(sizes))


def placed(stretch: Stretch, singing: Singing, language: str, aligner: Aligner, progress: Progress) -> Placed:
    """The same for a few lines between others whose times are known: nobody has to listen."""
    inside = singing.between(stretch.start, stretch.end)
    if inside.length > LONGEST_S:
        return placed_by_ear(stretch, singing, language, aligner, progress)
    letter_count = sum(len(letters(line.text)) for line in stretch.lines)
    lines = tuple(range(len(stretch.lines))) if has_room(letter_count, inside.length) else ()
    passage = Passage(lines, range(len(inside.regions)))
    return _fine([passage], stretch.lines, inside, language, aligner, progress)


def together(parts: Sequence[Placed]) -> Placed:
    """What was found in all stretches, with the evidence of the first."""
    times = {word_id: timed for one in parts for word_id, timed in one.times.items()}
    unsung = frozenset(line_id for one in parts for line_id in one.unsung)
    return Placed(times, unsung, parts[0].evidence if parts else Evidence())


def _fine(
    passages: Sequence[Passage],
    lines: Sequence[Line],
    singing: Singing,
    language: str,
    aligner: Aligner,
    progress: Progress,
) -> Placed:
    times: dict[str, Timed] = {}
    for done, passage in enumerate(passages, start=1):
        times |= _aligned(passage, lines, singing, language, aligner)
        progress(done / len(passages))
    found = dict(zip(times, at_onsets(list(times.values()), singing.samples), strict=True))
    sung = {n for passage in passages for n in passage.lines}
    return Placed(found, frozenset(line.id for n, line in enumerate(lines) if n not in sung))


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


def spelled_out(lines: Iterable[Line]) -> list[str]:
    """The words for a tool, with the space before them; words of two lines always stand apart."""
    return [text for line in lines for text in _spaced(line.words)]


def _spaced(words: Sequence[Word]) -> list[str]:
    spaces = [" ", *(" " if word.after else "" for word in words[:-1])]
    return [space + word.text for space, word in zip(spaces, words, strict=True)]
