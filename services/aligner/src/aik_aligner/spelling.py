"""Words as the labels of a CTC model that hears letters."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_APOSTROPHES = str.maketrans("’ʼ‘", "'''")


@dataclass(frozen=True)
class Alphabet:
    """A model's labels by letter, in lower case, and those with a meaning of their own.

    `delimiter` stands between words; None for a language that is written without spaces. `any_letter` is heard where
    any letter is: for letters that the model doesn't know.
    """

    labels: Mapping[str, int]
    blank: int
    delimiter: int | None
    any_letter: int


@dataclass(frozen=True)
class Spelled:
    """A line's labels, and for each word the range of its own ones; empty for a word that has none."""

    labels: Sequence[int]
    words: Sequence[range]


def spelled(words: Sequence[str], alphabet: Alphabet) -> Spelled:
    """The line's words, which have the space before them if there is one. A line ends with a delimiter, too."""
    labels: list[int] = []
    ranges: list[range] = []
    for word in words:
        if alphabet.delimiter is not None and labels and word[:1].isspace() and labels[-1] != alphabet.delimiter:
            labels.append(alphabet.delimiter)
        begin = len(labels)
        labels += _letters(word, alphabet)
        ranges.append(range(begin, len(labels)))
    if alphabet.delimiter is not None and labels:
        labels.append(alphabet.delimiter)
    return Spelled(labels, ranges)


def _letters(word: str, alphabet: Alphabet) -> Iterator[int]:
    """Signs that are not sung have no label; a letter whose accent the model doesn't know is the one without it."""
    for letter in unicodedata.normalize("NFC", word).lower().translate(_APOSTROPHES).strip():
        if letter.isspace():
            yield from [] if alphabet.delimiter is None else [alphabet.delimiter]
        elif letter in alphabet.labels:
            yield alphabet.labels[letter]
        elif letter.isalnum():
            plain = [part for part in unicodedata.normalize("NFKD", letter) if part in alphabet.labels]
            yield from [alphabet.labels[part] for part in plain] or [alphabet.any_letter]
