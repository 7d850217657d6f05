"""What stayed the same between an old and a new sequence, in a time that is bounded whatever they are."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

from aik_lyrics.documents import Line
from aik_lyrics.readings import Reading
from aik_lyrics.text import written
from aik_lyrics.words import same

Opcode = tuple[str, int, int, int, int]
"""As difflib has them: tag, from and to in the old sequence, from and to in the new one."""

_MOST_PAIRS = 4_000_000  # what is longer than 2,000 by 2,000 counts as replaced, and so does …
_MOST_EQUAL = 100_000  # … what has the same texts again and again
_WINDOW = 8  # how many old lines a new one is compared with
_ALIKE = 0.5  # share of common words from which a line counts as the old line, changed


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """How the new texts came from the old ones; those that differ only in how accents are encoded are the same."""
    a, b = [same(text) for text in old], [same(text) for text in new]
    head = _common(a, b)
    tail = min(_common(a[::-1], b[::-1]), len(a) - head, len(b) - head)
    end_a, end_b = len(a) - tail, len(b) - tail
    between = [
        (tag, i1 + head, i2 + head, j1 + head, j2 + head)
        for tag, i1, i2, j1, j2 in _between(a[head:end_a], b[head:end_b])
    ]
    return [("equal", 0, head, 0, head), *between, ("equal", end_a, len(a), end_b, len(b))]


def pairs(old: Sequence[Line], new: Sequence[Reading]) -> dict[int, Line]:
    """Which old line each new one is, by its index: the same in place, the same moved, or changed but alike."""
    blocks = opcodes([written(line) for line in old], [reading.written for reading in new])
    kept: dict[int, Line] = {}
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "equal":
            kept.update(zip(range(new_start, new_end), old[old_start:old_end], strict=True))
    kept |= _moved(old, [reading.written for reading in new], kept, written)
    kept |= _moved(old, [reading.text for reading in new], kept, lambda line: line.text)
    taken = {line.id for line in kept.values()}
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "replace":
            left = [line for line in old[old_start:old_end] if line.id not in taken]
            kept |= _changed(left, {n: new[n].written for n in range(new_start, new_end) if n not in kept})
    return kept


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many texts are the same at the beginning."""
    return next((n for n, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


def _between(a: Sequence[str], b: Sequence[str]) -> list[Opcode]:
    counted = Counter(b)
    if len(a) * len(b) > _MOST_PAIRS or sum(counted[text] for text in a) > _MOST_EQUAL:
        return [("replace", 0, len(a), 0, len(b))]
    return list(SequenceMatcher(None, a, b).get_opcodes())


def _moved(
    old: Sequence[Line], new: Sequence[str], kept: Mapping[int, Line], text_of: Callable[[Line], str]
) -> dict[int, Line]:
    taken = {line.id for line in kept.values()}
    free = defaultdict[str, deque[Line]](deque)
    for line in old:
        if line.id not in taken and (text := text_of(line)):
            free[same(text)].append(line)
    texts = {n: same(text) for n, text in enumerate(new) if n not in kept}
    return {n: free[text].popleft() for n, text in texts.items() if free[text]}


def _changed(old: Sequence[Line], new: Mapping[int, str]) -> dict[int, Line]:
    """As many new lines as old ones are these, one by one; otherwise in order by the words they share."""
    if len(old) == len(new):
        return dict(zip(new, old, strict=True))
    words = [Counter(same(written(line)).casefold().split()) for line in old]
    kept: dict[int, Line] = {}
    start = 0
    for n, text in new.items():
        scores = [_alike(one, Counter(same(text).casefold().split())) for one in words[start : start + _WINDOW]]
        if scores and max(scores) >= _ALIKE:
            at = start + scores.index(max(scores))
            kept[n], start = old[at], at + 1
    return kept


def _alike(old: Counter[str], new: Counter[str]) -> float:
    """The share of words that two lines have in common, 0…1."""
    return 2 * (old & new).total() / max(1, old.total() + new.total())
