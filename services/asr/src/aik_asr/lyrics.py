"""Lines of heard words to the lyrics document."""

from collections.abc import Sequence

from aik_lyrics import Line, Lyrics, Mint, Word
from aik_lyrics.documents import Hint

from aik_asr import lines
from aik_asr.lines import text_of
from aik_asr.written import WrittenWord


def lyrics_of(stanzas: Sequence[Sequence[lines.Line]], mint: Mint, language: str) -> Lyrics:
    """The document with an id for every line and word, and a hint for every word: when it was heard, in ms.

    It is built from the words themselves: the text is not read as a pasted one.
    """
    written = [line for stanza in stanzas for line in stanza]
    made = tuple(_line(line, mint) for line in written)
    heard = [word for line in written for word in line]
    ids = [word.id for line in made for word in line.words]
    return Lyrics(
        language=language,
        source_text="\n\n".join("\n".join(map(text_of, stanza)) for stanza in stanzas),
        hints=tuple(_hint(word_id, word) for word_id, word in zip(ids, heard, strict=True)),
        hints_from="transcript",
        lines=made,
    )


def _line(line: lines.Line, mint: Mint) -> Line:
    line_id = mint()
    spaces = [*(" " if word.spaced else "" for word in line[1:]), ""]
    words = tuple(Word(id=mint(), text=word.text, after=after) for word, after in zip(line, spaces, strict=True))
    return Line(id=line_id, text=text_of(line), words=words)


def _hint(word_id: str, word: WrittenWord) -> Hint:
    return Hint(
        word_id=word_id,
        start_ms=round(word.start * 1000),
        end_ms=round(word.end * 1000),
        confidence=round(word.confidence, 3),
    )
