"""Lyrics that are not what is sung: the real aligner gets them with the song's own stems."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from aik_aligner.port import Aligner

from tests.bench.karaoke.texts import stanzas
from tests.bench.karaoke_qc.songs import Made, aligned

Spoil = Callable[[Made, Aligner], Made]
"""Makes a spoiled song of a good one; raises BadInput where the aligner refuses it."""


def another_song(text: str, *, language: str | None = None, same_length: bool = False) -> Spoil:
    """The lyrics of another text, all of them or as many words as the right ones have."""

    def spoil(song: Made, aligner: Aligner) -> Made:
        lines = _lines(text)
        if same_length:
            lines = _as_many(lines, len(song.lyrics.split()))
        return _with_lyrics(song, lines, aligner, language)

    return spoil


def said_to_be(language: str) -> Spoil:
    """The right lyrics in a language that they are not in."""
    return lambda song, aligner: _with_lyrics(song, song.lyrics.splitlines(), aligner, language)


def half(song: Made, aligner: Aligner) -> Made:
    """The second half of the verses is missing in the text."""
    lines = [line for line in song.lyrics.splitlines() if line]
    return _with_lyrics(song, lines[: len(lines) // 2], aligner)


def more(text: str) -> Spoil:
    """A verse in the middle that nobody sings."""

    def spoil(song: Made, aligner: Aligner) -> Made:
        lines = [line for line in song.lyrics.splitlines() if line]
        return _with_lyrics(song, [*lines[: len(lines) // 2], *_lines(text)[:4], *lines[len(lines) // 2 :]], aligner)

    return spoil


def one_singer_first(song: Made, aligner: Aligner) -> Made:
    """A duet whose two voices were pasted one after the other."""
    lines = [line for line in song.lyrics.splitlines() if line]
    return _with_lyrics(song, [*lines[::2], *lines[1::2]], aligner)


def _lines(text: str) -> list[str]:
    return [line.written for stanza in stanzas(text) for line in stanza]


def _as_many(lines: Sequence[str], count: int) -> list[str]:
    """So many words, over and over if need be."""
    kept: list[str] = []
    while count > 0:
        for line in lines:
            words = line.split()[:count]
            count -= len(words)
            kept += [" ".join(words)] if words else []
    return kept


def _with_lyrics(song: Made, lines: Sequence[str], aligner: Aligner, language: str | None = None) -> Made:
    said = language or song.language
    lyrics = "\n".join(lines)
    return replace(song, lyrics=lyrics, karaoke=aligned(lyrics, said, song.vocals, song.accompaniment, aligner))
