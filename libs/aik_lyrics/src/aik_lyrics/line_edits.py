"""Edits of lyrics by the complete ordered list of lines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aik_lyrics.documents import Line, Lyrics, Role, Word
from aik_lyrics.edits import reworded
from aik_lyrics.errors import DuplicateId, LineInvalid, LyricsTooLong, UnknownId, WordsMismatch
from aik_lyrics.hints import with_hints
from aik_lyrics.ids import Mint
from aik_lyrics.manual_times import check_times
from aik_lyrics.readings import Reading, read
from aik_lyrics.text import MAX_BYTES, MAX_LINES, line_of, names_of, refuse_empty, singers_of, written
from aik_lyrics.words import is_sung, trimmed

_SPACES = re.compile(r"\s*")
_SIGN = re.compile(r"[^\s\w]++(?=\s|$)")
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

    A word may be taken from any old line. A new line without words is read as pasted text is; every other text is what
    is sung, as it is. Raises a LyricsError for what does not fit together.
    """
    if len(edits) > MAX_LINES or sum(len(edit.text.encode()) + 1 for edit in edits) > MAX_BYTES:
        raise LyricsTooLong
    lines_by_id = {line.id: line for line in old.lines}
    words_by_id = {word.id: word for line in old.lines for word in line.words}
    olds = [_named(edit.id, lines_by_id) for edit in edits]
    names = names_of(old)
    song = read([_as_written(edit, line) for edit, line in zip(edits, olds, strict=True)], names)
    rows = list(zip(edits, olds, song.lines, strict=True))
    lines = tuple(
        _with_given(edit, before, _line(edit, before, reading, names, mint), words_by_id, mint)
        for edit, before, reading in rows
    )
    refuse_empty(lines)
    _refuse_doubles(line.id for line in lines)
    _refuse_doubles(word.id for line in lines for word in line.words)
    check_times(lines, duration_ms)
    source = "\n".join(map(written, lines))
    if len(source.encode()) > MAX_BYTES:
        raise LyricsTooLong
    new = [(line, reading) for line, (edit, before, reading) in zip(lines, rows, strict=True) if _is_read(edit, before)]
    fields = {"source_text": source, "lines": lines, "singers": singers_of(lines, {**song.names, **names})}
    return with_hints(old.model_copy(update=fields), new)


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


def _as_written(edit: LineEdit, old: Line | None) -> str:
    """The line as a text would have it: an unchanged one as it was pasted."""
    text = trimmed(edit.text)
    return text if old is None or text != old.text else written(old)


def _is_read(edit: LineEdit, old: Line | None) -> bool:
    """Whether the text is read as a pasted one: a new line's, that of a line which had no words, or nothing sung."""
    return not edit.words and (old is None or not old.words or not is_sung(edit.text))


def _line(edit: LineEdit, old: Line | None, reading: Reading, names: Mapping[str, str], mint: Mint) -> Line:
    """The line without what the edit says of its words, singers and role."""
    text = trimmed(edit.text)
    if old is not None and text in {old.text, old.written}:
        return old
    if len(text.splitlines()) != 1:
        raise LineInvalid
    if _is_read(edit, old):
        line = line_of(reading, mint)
        return line if old is None else line.model_copy(update={"id": old.id})
    if old is None:
        return reworded(Line(id=mint(), text="", words=()), text, mint)
    return reworded(old, text, mint).model_copy(update={"written": _rewritten(old, text, names)})


def _rewritten(old: Line, text: str, names: Mapping[str, str]) -> str | None:
    """How the line would have been pasted with this text: what stood before and after its words stays."""
    if old.written is None:
        return None
    [reading] = read([old.written], names).lines
    known = reading.text if reading.text == old.text else ""
    return old.written[: reading.first] + text + old.written[reading.last :] if known else None


def _with_given(edit: LineEdit, old: Line | None, line: Line, words: dict[str, Word], mint: Mint) -> Line:
    given = {name: value for name in ("singers", "role") if (value := getattr(edit, name)) is not None}
    if edit.words is not None and not _is_read(edit, old):
        given |= {"words": _words(edit.words, line.text, words, mint), "sung": is_sung(line.text)}
    return line.model_copy(update=given)


def _words(edits: Sequence[WordEdit], text: str, words: dict[str, Word], mint: Mint) -> tuple[Word, ...]:
    """The words of a line, cut as the edit cuts them; only spaces and signs that stand alone may be between them."""
    spans: list[tuple[int, int]] = []
    for edit in edits:
        if not edit.text or edit.text != edit.text.strip():
            raise WordsMismatch
        start = _next(text, spans[-1][1], edit.text) if spans else 0
        if not text.startswith(edit.text, start):
            raise WordsMismatch
        spans.append((start, start + len(edit.text)))
    ends = [*(start for start, _ in spans[1:]), len(text)]
    if _next(text, spans[-1][1] if spans else 0, None) != len(text):
        raise WordsMismatch
    return tuple(
        _word(edit, _named(edit.id, words), text[stop:end], mint)
        for edit, (_, stop), end in zip(edits, spans, ends, strict=False)
    )


def _next(text: str, at: int, word: str | None) -> int:
    """Where the word stands after this place, behind signs that nobody sings; without a word, where those end."""
    while at < len(text):
        start = _SPACES.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if (word is not None and text.startswith(word, start)) or start == at:
            return start
        sign = _SIGN.match(text, start)
        if sign is None:
            return start
        at = sign.end()
    return at


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
