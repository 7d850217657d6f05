"""What a name of a speaker looks like, and the words that say who sings without a name."""

import re
import unicodedata


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TOGETHER = _set(
    "both all together everyone everybody duet tous toutes ensemble beide alle zusammen ambos todos juntos todas tutti "
    "insieme оба обе все вместе дуэт хором усі всі обоє разом razem wszyscy oboje 合 合唱 全員 함께 모두"
)
"""Words for all who sing in a song."""

_KNOWN = _set(
    "he she him her f m man woman men women boy girl boys girls male female choir group он она м ж д мужчина женщина "
    "парень девушка муж жен хор er sie mann frau lui elle homme femme él ella hombre mujer lei uomo donna він вона "
    "чоловік жінка on ona 男 女 男声 女声 남 여"
)
_NO_NAMES = _set(
    "i you we they it and but or so oh ah hey yeah well now then just say said tell the a an my your this that there "
    "no yes not don't if when why what who how baby lord god please listen note remember я ты мы вы они и а но о эй "
    "ах ох ой ну да нет так вот то что кто как где когда если скажи послушай помни знай ведь пусть ich du wir und je "
    "tu nous et yo tú y ya"
)
_NOISES = _set(
    "music applause laughter laughs laughing cheering cheers silence noise whistling whistle clapping crowd scream "
    "speaking talking humming music playing музыка аплодисменты смех шум тишина свист крики musik musique música "
    "拍手 音楽 音乐 掌声 笑い 박수 음악"
)
_AND = re.compile(r"\s?[&,/+＆、]\s?|\s(?:and|und|et|y|e|и|та|i|with|feat\.?|ft\.?)\s", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:singer|voice|голос|певец|певица)\s?\d", re.IGNORECASE)
_LONGEST, _MOST = 40, 6


def names_in(label: str) -> list[str]:
    """The names of a label such as “Anna & Ben”, as written; none where it is too long for one."""
    names = [name.strip(" \t()[]\"'*_«»“”") for name in _AND.split(" ".join(label[:200].split()))]
    fit = len(label) < 200 and 0 < len(names) <= _MOST and all(0 < len(name) <= _LONGEST for name in names)
    return names if fit else []


def id_of(name: str) -> str:
    """A singer's id: the name in small letters, so that it stays the same in every version of the lyrics."""
    return "-".join(unicodedata.normalize("NFC", name).casefold().split())


def is_known(name: str) -> bool:
    """Whether the word says who sings without naming anyone: “She”, “Both”, “М”; not in small letters."""
    word = id_of(name)
    return not name[:1].islower() and (word in TOGETHER or word in _KNOWN or _NUMBERED.fullmatch(name) is not None)


def may_be_name(name: str) -> bool:
    """One to three words that begin with a capital letter, none of which is a word that sentences begin with."""
    words = name.split()
    return 1 <= len(words) <= 3 and all(_is_capital(word) for word in words) and not _is_noise(words)


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and word.casefold() not in _NO_NAMES and any(c.isalpha() for c in word)


def _is_noise(words: list[str]) -> bool:
    return any(word.casefold() in _NOISES for word in words)
