"""Which words are sung at a time, by the data inside of a page."""

from collections.abc import Iterator, Mapping
from typing import Any

Lit = Mapping[float, list[str]]
"""The words that are lit at a time in s."""


def three_times(song: Any) -> Lit:
    """Each in the middle of a word, after a quarter, a half and three quarters of them."""
    words = list(_words(song))
    chosen = [words[len(words) * quarter // 4] for quarter in (1, 2, 3)]
    times = [(word["startMs"] + word["endMs"]) // 2 for word in chosen]
    return {now / 1000: sung_at(song, now) for now in times}


def sung_at(song: Any, now: int) -> list[str]:
    """At a time in ms; each word lasts a millisecond at least."""
    return [word["text"] for word in _words(song) if word["startMs"] <= now < max(word["endMs"], word["startMs"] + 1)]


def _words(song: Any) -> Iterator[Any]:
    return (word for line in song["lines"] for word in line.get("words", ()) if "startMs" in word)
