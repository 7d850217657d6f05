"""Edits of lyrics by new text: what is unchanged keeps its ids, singers and times given by hand."""

from collections import defaultdict, deque
from collections.abc import Sequence
from difflib import SequenceMatcher

from aik_lyrics.documents import Line, Lyrics, Word
from aik_lyrics.ids import Mint
from aik_lyrics.manual_times import without_conflicts
from aik_lyrics.text import is_sung, line_of, text_lines, tokens

_WINDOW = 8  # how many old lines a new one is compared with; bounds the work for 2,000 lines
_ALIKE = 0.5  # share of common words from which a line counts as the old line, changed


def edited(old: Lyrics, text: str, mint: Mint) -> Lyrics:
    """The old lyrics with a new text; raises like from_text.

    A moved line keeps its ids too; its times given by hand go where they contradict its new place.
    """
    new = text_lines(text)
    kept = _pairs(old.lines, new)
    lines = [reworded(kept[n], line, mint) if n in kept else line_of(line, mint) for n, line in enumerate(new)]
    return old.model_copy(update={"source_text": text, "lines": without_conflicts(lines)})


def changed_line_ids(old: Lyrics, new: Lyrics) -> list[str]:
    """Ids of the lines that were changed, moved or added, in their new order, then of those removed."""
    before = {line.id: line for line in old.lines}
    ids = [line.id for line in new.lines]
    matcher = SequenceMatcher(None, list(before), ids, autojunk=False)
    stays = {line_id for block in matcher.get_matching_blocks() for line_id in ids[block.b : block.b + block.size]}
    changed = [line.id for line in new.lines if line.id not in stays or before[line.id] != line]
    return changed + [line_id for line_id in before if line_id not in set(ids)]


def reworded(old: Line, text: str, mint: Mint) -> Line:
    """The line with another text; its unchanged words keep their ids and times, and so does one respelled word."""
    if text == old.text:
        return old
    pieces = tokens(text)
    new_words = [word for word, _ in pieces]
    kept = matched_words(old.words, new_words)
    words = tuple(
        kept[n].model_copy(update={"text": word, "after": after})
        if n in kept
        else Word(id=mint(), text=word, after=after)
        for n, (word, after) in enumerate(pieces)
    )
    return old.model_copy(update={"text": text, "words": words, "sung": is_sung(text)})


def matched_words(old: Sequence[Word], new: Sequence[str]) -> dict[int, Word]:
    """Which old word each new one is, by its index; words replaced one by one are the old ones, respelled."""
    kept: dict[int, Word] = {}
    matcher = SequenceMatcher(None, [word.text for word in old], new)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and old_end - old_start == new_end - new_start):
            kept.update(zip(range(new_start, new_end), old[old_start:old_end], strict=True))
    return kept


def _pairs(old: Sequence[Line], new: Sequence[str]) -> dict[int, Line]:
    """Which old line each new one is, by its index: the same in place, the same moved, or changed but alike."""
    blocks = SequenceMatcher(None, [line.text for line in old], new).get_opcodes()
    kept: dict[int, Line] = {}
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "equal":
            kept.update(zip(range(new_start, new_end), old[old_start:old_end], strict=True))
    kept |= _moved(old, new, kept)
    taken = {line.id for line in kept.values()}
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "replace":
            left = [line for line in old[old_start:old_end] if line.id not in taken]
            kept |= _changed(left, {n: new[n] for n in range(new_start, new_end) if n not in kept})
    return kept


def _moved(old: Sequence[Line], new: Sequence[str], kept: dict[int, Line]) -> dict[int, Line]:
    taken = {line.id for line in kept.values()}
    free = defaultdict[str, deque[Line]](deque)
    for line in old:
        if line.id not in taken:
            free[line.text].append(line)
    return {n: free[text].popleft() for n, text in enumerate(new) if n not in kept and free[text]}


def _changed(old: Sequence[Line], new: dict[int, str]) -> dict[int, Line]:
    """As many new lines as old ones are these, one by one; otherwise in order by the words they share."""
    if len(old) == len(new):
        return dict(zip(new, old, strict=True))
    kept: dict[int, Line] = {}
    start = 0
    for n, text in new.items():
        scores = [_alike(line.text, text) for line in old[start : start + _WINDOW]]
        if scores and max(scores) >= _ALIKE:
            at = start + scores.index(max(scores))
            kept[n], start = old[at], at + 1
    return kept


def _alike(old: str, new: str) -> float:
    return SequenceMatcher(None, old.casefold().split(), new.casefold().split()).ratio()
