"""The songs of the benchmark: who sings which text, how, and what makes it hard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

How = Literal["sung", "straight", "spoken"]
BREAK = None
"""In the place of a stanza: the band alone."""


@dataclass(frozen=True)
class Case:
    """`sung` and `shown` number the text's stanzas, as they are sung and as the pasted lyrics have them.

    `level_db` is the voice over the music, where the voice is. `lyrics` is the text that is pasted, if it is another's.
    """

    name: str
    language: str
    text: str
    seed: int
    level_db: float = 0
    how: How = "sung"
    voices: Sequence[str] = ("f2",)
    sung: Sequence[int | None] = (0, 1)
    shown: Sequence[int] | None = None
    lyrics: str | None = None
    intro_s: float = 4
    hard: str | None = None

    @property
    def pasted(self) -> Sequence[int]:
        return [stanza for stanza in self.sung if stanza is not None] if self.shown is None else self.shown


_STORY = (0, 1, 2, BREAK, 3, 4, 2, BREAK, 5, 6, 2)

CASES: Sequence[Case] = (
    Case("en-harbor-sung", "en", "en_harbor", 1, voices=("f2",)),
    Case("ru-river-sung", "ru", "ru_river", 2, voices=("f2",)),
    Case("en-engine-spoken", "en", "en_engine", 3, level_db=5, how="spoken", voices=("m3",)),
    Case("ru-clock-spoken", "ru", "ru_clock", 4, level_db=5, how="spoken", voices=("m3",)),
    Case("en-train-sung", "en", "en_train", 5, level_db=-5, voices=("m3",)),
    Case("ru-kitchen-sung", "ru", "ru_kitchen", 6, level_db=-5, voices=("m3",)),
    Case("en-winter-sung", "en", "en_winter", 7, level_db=5, voices=("f3",)),
    Case("ru-city-sung", "ru", "ru_city", 8, level_db=5, voices=("f3",)),
    Case("en-chorus", "en", "en_carousel", 9, sung=(0, 1, 2, 1, 1), hard="a chorus three times"),
    Case("ru-verse-not-sung", "ru", "ru_road", 10, sung=(0, 2), shown=(0, 1, 2), hard="a verse that is not sung"),
    Case(
        "en-verse-missing", "en", "en_letters", 11, sung=(0, 1, 2), shown=(0, 2), hard="a verse missing from the text"
    ),
    Case("en-wrong-lyrics", "en", "en_train", 12, lyrics="en_engine", hard="another song's lyrics"),
    Case("ru-wrong-lyrics", "ru", "ru_clock", 13, lyrics="ru_city", hard="another song's lyrics"),
    Case("ru-long-intro", "ru", "ru_field", 14, intro_s=40, hard="an intro of 40 s"),
    Case("en-two-voices", "en", "en_duet", 15, voices=("f2", "m3"), hard="two voices"),
    Case("en-whisper", "en", "en_whisper", 16, level_db=-8, how="spoken", voices=("whisper",), hard="whispered"),
    Case("en-music-only", "en", "en_garden", 17, sung=(BREAK, BREAK), shown=(0, 1), hard="music only"),
    Case("en-straight", "en", "en_harbor", 1, how="straight", hard="a voice without vibrato"),
    Case("en-long", "en", "en_lanterns", 18, sung=_STORY, intro_s=12),
    Case("ru-long", "ru", "ru_ships", 19, sung=_STORY, intro_s=12, voices=("m3",)),
)
