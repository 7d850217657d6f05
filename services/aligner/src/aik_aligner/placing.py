"""Lines to the times of their words: coarse by what was heard, then fine inside of each passage."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from aik_audio.passages import to_voiced
from aik_audio.pieces import pieces
from aik_lyrics import Line
from aik_service.step import Progress, part

from aik_aligner.anchors import Anchor, anchors, letters
from aik_aligner.kept import Stretch
from aik_aligner.listening import listen, sounds_like
from aik_aligner.plan import LONGEST_S, Passage, has_room, plan
from aik_aligner.port import Aligner, Heard
from aik_aligner.singing import Evidence, Placed, Singing
from aik_aligner.words import by_sound, word_times

_LISTENED = 0.6  # share of the work that is done by then
_MUSIC = (0.5, 1.0, 0.0)  # how much of the music the voice is heard with, one after the other …
_AGREES = 0.5  # … until so large a share of the letters agrees
_BELIEVED = 0.2  # share of the letters; where fewer agree, they agree by chance


def placed_by_ear(
    stretch: Stretch, singing: Singing, language: str | None, aligner: Aligner, progress: Progress
) -> Placed:
    """Where these lines are sung, if they are; there is singing in the stretch."""
    inside = singing.between(stretch.start, stretch.end)
    sizes = [len(letters(line.text)) for line in stretch.lines]
    heard, tied = _heard(stretch.lines, sizes, inside, language, aligner, part(progress, 0, _LISTENED))
    evidence = Evidence(heard.language, heard.sounds_like, None if inside.told else _agreement(tied, sizes))
    by_chance = _agreement(tied, sizes) < _BELIEVED
    sounding = _sounding(stretch, inside, heard.language, aligner) if by_chance else []
    passages = sounding or plan(sizes, inside.regions, tied)
    found = _fine(passages, stretch.lines, inside, heard.language, aligner, part(progress, _LISTENED, 1))
    return replace(found, evidence=evidence)


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
    less or more of the music until it agrees. Where somebody says what is sung when, nobody has to listen.
    """
    if singing.told:
        known = language or sounds_like(singing.samples, list(pieces(singing.regions)), aligner)
        transcript = Heard(known, None, singing.told)
        return transcript, _tied(transcript, lines, sizes, singing)
    shares = _MUSIC if singing.music is not None else _MUSIC[:1]
    heard: list[tuple[Heard, list[Anchor]]] = []
    for n, share in enumerate(shares):
        told = part(progress, n / len(shares), (n + 1) / len(shares))
        transcript = listen(singing.with_music(share), singing.regions, aligner, language, told)
        heard.append((transcript, _tied(transcript, lines, sizes, singing)))
        if _agreement(heard[-1][1], sizes) >= _AGREES:
            break
    return max(heard, key=lambda one: len(one[1]))


def _tied(heard: Heard, lines: Sequence[Line], sizes: Sequence[int], singing: Singing) -> list[Anchor]:
    spelled = "".join(letters(line.text) for line in lines)
    words = [(text, to_voiced(timed, singing.regions)) for text, timed in heard.words]
    return anchors(spelled, words, [0, *accumulate(sizes)][:-1])


def _sounding(stretch: Stretch, singing: Singing, language: str, aligner: Aligner) -> list[Passage]:
    """One passage of the lines that sound as if they were sung; none where sound can't tell."""
    whole = Passage(tuple(range(len(stretch.lines))), range(len(singing.regions)))
    found = by_sound(whole, stretch.lines, singing, language, aligner, all_sung=False)
    known = [[timed.start for timed in line if timed is not None] for line in found]
    starts = {n: times[0] for n, times in enumerate(known) if times}  # the first word may have no sounds
    return [replace(whole, lines=tuple(starts), begins=tuple(starts.values()))] if starts else []


def _agreement(tied: Sequence[Anchor], sizes: Sequence[int]) -> float:
    return len(tied) / max(1, sum(sizes))


def placed(stretch: Stretch, singing: Singing, language: str, aligner: Aligner, progress: Progress) -> Placed:
    """The same for a few lines between others whose times are known: nobody has to listen."""
    if wants_ears(stretch, singing):
        return placed_by_ear(stretch, singing, language, aligner, progress)
    inside = singing.between(stretch.start, stretch.end)
    letter_count = sum(len(letters(line.text)) for line in stretch.lines)
    lines = tuple(range(len(stretch.lines))) if has_room(letter_count, inside.length) else ()
    passage = Passage(lines, range(len(inside.regions)))
    return _fine([passage], stretch.lines, inside, language, aligner, progress)


def wants_ears(stretch: Stretch, singing: Singing) -> bool:
    """Whether there is more voice in the stretch than can be aligned at once."""
    return singing.between(stretch.start, stretch.end).length > LONGEST_S


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
    times = word_times(passages, lines, singing, language, aligner, progress)
    sung = {n for passage in passages for n in passage.lines}
    return Placed(times, frozenset(line.id for n, line in enumerate(lines) if n not in sung))
