"""Edits of lyrics by the complete ordered list of lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aik_lyrics.documents import Line, Lyrics, Role, Word
from aik_lyrics.edits import reworded
from aik_lyrics.errors import DuplicateId, LineInvalid, LyricsEmpty, LyricsTooLong, UnknownId, WordsMismatch
from aik_lyrics.ids import Mint
from aik_lyrics.manual_times import check_times
from aik_lyrics.text import MAX_BYTES, MAX_LINES, is_sung, line_of

Named = TypeVar("Named", Line, Word)
_Milliseconds = Annotated[int, Field(ge=0)]


class _Edit(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


class WordEdit(_Edit):
    """A word as it should be: times given become manual, times left out stay, null takes them away. Times in ms."""

    id: str | None = None
    text: str
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None


class LineEdit(_Edit):
    """A line as it should be; singers, role and words that are left out stay as they are."""

    id: str | None = None
    text: str
    singers: tuple[str, ...] | None = None
    role: Role | None = None
    words: tuple[WordEdit, ...] | None = None


def edited_lines(old: Lyrics, edits: Sequence[LineEdit], mint: Mint, duration_ms: int | None = None) -> Lyrics:
    """The old lyrics with exactly these lines: an id kept is that line, none is a new one, omitted is deleted.

    A word may be taken from any old line. Raises a LyricsError for what does not fit together.
    """
    if len(edits) > MAX_LINES or sum(len(edit.text.encode()) + 1 for edit in edits) > MAX_BYTES:
        raise LyricsTooLong
    lines_by_id = {line.id: line for line in old.lines}
    words_by_id = {word.id: word for line in old.lines for word in line.words}
    lines = tuple(_line(edit, _named(edit.id, lines_by_id), words_by_id, mint) for edit in edits)
    if not any(line.sung for line in lines):
        raise LyricsEmpty
    _refuse_doubles(line.id for line in lines)
    _refuse_doubles(word.id for line in lines for word in line.words)
    check_times(lines, duration_ms)
    return old.model_copy(update={"source_text": "\n".join(line.text for line in lines), "lines": lines})


def without_times_as_read(edits: Sequence[LineEdit], read: Sequence[Line]) -> tuple[LineEdit, ...]:
    """The edits, less the times of words that are sent back just as they were read: nobody gave those by hand."""
    words = {word.id: word for line in read for word in line.words}
    return tuple(
        edit
        if edit.words is None
        else edit.model_copy(update={"words": tuple(_without_times_as_read(word, words) for word in edit.words)})
        for edit in edits
    )


def _without_times_as_read(edit: WordEdit, words: Mapping[str, Word]) -> WordEdit:
    read = None if edit.id is None else words.get(edit.id)
    if read is None or any(getattr(edit, name) != getattr(read, name) for name in _given_times(edit)):
        return edit
    return WordEdit(id=edit.id, text=edit.text)


def _given_times(edit: WordEdit) -> set[str]:
    return edit.model_fields_set & {"start_ms", "end_ms"}


def _line(edit: LineEdit, old: Line | None, words: dict[str, Word], mint: Mint) -> Line:
    text = edit.text.strip()
    if len(text.splitlines()) != 1:
        raise LineInvalid
    line = line_of(text, mint) if old is None else reworded(old, text, mint)
    given = {name: value for name in ("singers", "role") if (value := getattr(edit, name)) is not None}
    if edit.words is not None:
        given |= {"words": _words(edit.words, text, words, mint), "sung": is_sung(text)}
    return line.model_copy(update=given)


def _words(edits: Sequence[WordEdit], text: str, words: dict[str, Word], mint: Mint) -> tuple[Word, ...]:
    """The words of a line, cut as the edit cuts them; only spaces may stand between them."""
    made: list[Word] = []
    rest = text
    for edit in edits:
        if not edit.text or edit.text != edit.text.strip() or not rest.startswith(edit.text):
            raise WordsMismatch
        tail = rest[len(edit.text) :]
        rest = tail.lstrip()
        made.append(_word(edit, _named(edit.id, words), tail[: len(tail) - len(rest)], mint))
    if rest:
        raise WordsMismatch
    return tuple(made)


def _word(edit: WordEdit, old: Word | None, after: str, mint: Mint) -> Word:
    word = (old or Word(id=mint(), text=edit.text)).model_copy(update={"text": edit.text, "after": after})
    given = _given_times(edit)
    if not given:
        return word
    times = {name: getattr(edit, name) for name in given}
    timed = word.model_copy(update={**times, "confidence": None})
    return timed.model_copy(update={"timing": None if timed.start_ms is None and timed.end_ms is None else "manual"})


def _named(given: str | None, known: dict[str, Named]) -> Named | None:
    if given is not None and given not in known:
        raise UnknownId(f"{UnknownId.__doc__} It names {given}.")
    return None if given is None else known[given]


def _refuse_doubles(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise DuplicateId(f"{DuplicateId.__doc__} It is {one}.")
        seen.add(one)
