"""What can be wrong with a song: each spoiling, the good song that it takes, and the codes that may tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aik_aligner.port import Aligner
from aik_separator.handler import Separator

from tests.bench.karaoke_qc import spoil_sounds, spoil_texts, spoil_times
from tests.bench.karaoke_qc.songs import Made

_WRONG = frozenset({"lyrics-wrong", "language-mismatch", "low-coverage", "low-confidence", "weak-runs"})
_UNSUNG = frozenset({"lines-not-sung", "low-coverage", "words-in-silence", "lines-too-fast", "weak-runs"})
_OFF = frozenset({"times-shifted", "times-off", "words-in-silence", "singing-without-words"})
_FAST = frozenset({"words-too-short", "lines-too-fast"})


@dataclass(frozen=True)
class Spoiling:
    """`song` is the name of the good song; it is told if one of the codes warns or fails."""

    name: str
    song: str
    codes: frozenset[str]
    spoil: Callable[[Made, Aligner], Made]


def spoilings(separator: Separator, folder: Path) -> Sequence[Spoiling]:
    """`folder` takes the spoiled stems."""
    return [*_texts(), *_times(), *_sounds(folder), *_without_singer(separator, folder)]


def _texts() -> Sequence[Spoiling]:
    other, t = spoil_texts.another_song, spoil_texts
    return [
        Spoiling("another song's lyrics", "en-harbor", _WRONG, other("en_garden")),
        Spoiling("another song's lyrics", "en-engine", _WRONG, other("en_winter")),
        Spoiling("another song's lyrics", "ru-clock", _WRONG, other("ru_kitchen")),
        Spoiling("another song's lyrics", "ru-field", _WRONG, other("ru_city")),
        Spoiling("another's, as long", "en-winter", _WRONG, other("en_train", same_length=True)),
        Spoiling("another's, as long", "en-letters", _WRONG, other("en_lanterns", same_length=True)),
        Spoiling("another's, as long", "ru-city", _WRONG, other("ru_ships", same_length=True)),
        Spoiling("another's, as long", "ru-road", _WRONG, other("ru_field", same_length=True)),
        Spoiling("lyrics in another language", "en-garden", _WRONG, other("ru_city", language="ru")),
        Spoiling("lyrics in another language", "ru-ships-later", _WRONG, other("en_train", language="en")),
        Spoiling("language said wrong", "en-window", _WRONG, t.said_to_be("de")),
        Spoiling("half of the text missing", "en-carousel", frozenset({"singing-without-words"}), t.half),
        Spoiling("half of the text missing", "ru-city-told", frozenset({"singing-without-words"}), t.half),
        Spoiling("a verse that is not sung", "en-train", _UNSUNG, t.more("en_garden")),
        Spoiling("a verse that is not sung", "en-harbor-told", _UNSUNG, t.more("en_winter")),
        Spoiling("a verse that is not sung", "ru-field-told", _UNSUNG, t.more("ru_kitchen")),
        Spoiling("a duet, voice after voice", "en-duet", _UNSUNG | _OFF | _WRONG | _FAST, t.one_singer_first),
    ]


def _times() -> Sequence[Spoiling]:
    t = spoil_times
    return [
        Spoiling("2 s late", "en-lanterns", _OFF, t.shifted(2_000)),
        Spoiling("2 s late", "ru-kitchen-told", _OFF, t.shifted(2_000)),
        Spoiling("2 s early", "en-lanterns-later", _OFF, t.shifted(-2_000)),
        Spoiling("half of it 6 s late", "en-garden", _OFF, t.derailed(6_000)),
        Spoiling("half of it 6 s late", "ru-field", _OFF, t.derailed(6_000)),
        Spoiling("half of it collapsed", "en-winter", _FAST | _OFF, t.collapsed),
        Spoiling("half of it collapsed", "ru-road", _FAST | _OFF, t.collapsed),
        Spoiling("words of 9 s", "en-window", frozenset({"long-words"}), t.stretched),
        Spoiling("words of 10 ms", "ru-clock", _FAST, t.cut_short),
        Spoiling("a duet, voices exchanged", "en-duet", _OFF | _FAST | {"invariants"}, t.swapped_singers),
    ]


def _sounds(folder: Path) -> Sequence[Spoiling]:
    s = spoil_sounds
    kinds = [
        ("minus is the mix", "en-harbor", "residual-vocals", s.left_in_minus(1.0)),
        ("minus is the mix", "ru-river", "residual-vocals", s.left_in_minus(1.0)),
        ("half of the vocals left", "en-letters", "residual-vocals", s.left_in_minus(0.5)),
        ("minus 40 dB quieter", "ru-city", "minus-quiet", s.louder_minus(-40)),
        ("minus silent", "en-engine", "minus-silent", s.without_minus),
        ("minus 15 dB too loud", "en-train", "clipping", s.louder_minus(15)),
        ("minus 15 dB too loud", "ru-ships", "clipping", s.louder_minus(15)),
        ("minus cut short", "en-carousel", "lengths-differ", s.cut_minus),
        ("stems swapped", "en-lanterns", "singing-without-words residual-vocals words-in-silence times-off", s.swapped),
        ("stems swapped", "ru-kitchen", "singing-without-words residual-vocals words-in-silence times-off", s.swapped),
        ("noise burst", "ru-road-sung", "noise-burst", s.burst),
    ]
    return [
        Spoiling(name, song, frozenset(codes.split()), s.stems(change, folder / f"{n}"))
        for n, (name, song, codes, change) in enumerate(kinds)
    ]


def _without_singer(separator: Separator, folder: Path) -> Sequence[Spoiling]:
    return [
        Spoiling("music only", song, frozenset({"no-vocals"}), spoil_sounds.music_only(separator, folder / song))
        for song in ("en-carousel", "en-harbor", "ru-field")
    ]
