"""Words as they are sung, for an aligner: numbers, signs and abbreviations in letters."""

import re
from functools import lru_cache
from typing import Any

from num2words import CONVERTER_CLASSES, num2words

from aik_lyrics.spoken_signs import ABBREVIATIONS, SIGNS, unit_of

# A language that num2words knows only in part fails in its own way.
_UNKNOWN = (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
_LONGEST = 9  # digits; longer numbers, and those that begin with 0, are sung digit by digit
_NUMBER = re.compile(
    r"(?P<before>[$£€№#])?(?P<digits>\d{1,3}(?:[,.]\d{3}){1,2}(?![\d,.]\d)|\d+)(?P<rest>[.,]\d{1,3}(?!\d))?"
    r"(?P<after>[%°$£€₽+]|(?:st|nd|rd|th|s)\b|-?(?:ый|ой|ий|го|му|ая|ое|ые|ых|й|я|е|х|м)\b|er\b|re\b|ème\b|e\b|[ºª])?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?<=\d)[/:–-](?=\d)")
_EDGES = "\"'“”‘’«»()[]!?,;:…"
_GENDER: dict[str, dict[str, Any]] = {
    "я": {"gender": "f"},
    "ая": {"gender": "f"},
    "е": {"gender": "n"},
    "ое": {"gender": "n"},
    "го": {"case": "g"},
    "му": {"case": "d"},
    "ые": {"plural": True},
    "х": {"plural": True, "case": "g"},
    "ых": {"plural": True, "case": "g"},
    "м": {"case": "p"},
}
_ORDINAL = {"en": {"st", "nd", "rd", "th"}, "fr": {"er", "re", "e", "ème"}}
_ORDINAL |= {language: {"º", "ª"} for language in ("es", "it", "pt")}


def spoken(text: str, language: str | None) -> str:
    """The form in which a word is sung; the word itself where there is nothing to say, or no way to say it.

    `language` is a code such as `en`, `pt-BR`. Never empty for a word with a letter or a digit; raises nothing.
    """
    code = _code(language)
    if code is None:
        return text
    short = code.split("_")[0]
    bare = text.strip(_EDGES)
    key = bare.casefold()
    if known := SIGNS.get(short, {}).get(bare) or ABBREVIATIONS.get(short, {}).get(key):
        return text.replace(bare, known, 1)
    if not any(character.isdecimal() for character in text):
        return text
    apart = _BETWEEN.sub(" ", text)
    return _NUMBER.sub(lambda found: _spaced(found, _said(found, code, short)), apart)


@lru_cache(maxsize=256)
def _code(language: str | None) -> str | None:
    """The language as num2words calls it."""
    full = (language or "").replace("-", "_")
    short = full.split("_")[0].casefold()
    known = {name.casefold(): name for name in CONVERTER_CLASSES}
    return known.get(full.casefold()) or known.get(short) or (short if short in SIGNS else None)


def _spaced(found: re.Match[str], said: str) -> str:
    """Letters that touch a number are sung apart from it."""
    before = found.start() > 0 and found.string[found.start() - 1].isalnum()
    after = found.string[found.end() : found.end() + 1].isalnum()
    return f"{' ' * before}{said}{' ' * after}"


def _said(found: re.Match[str], code: str, short: str) -> str:
    digits, rest = _plain(found["digits"], found["rest"] or "", short)
    before, after = found["before"] or "", (found["after"] or "").casefold()
    words = _cardinal(digits, rest, code, short)
    if words is None:
        return found.group()
    if ordinal := None if rest else _ordinal(digits, after, code, short):
        return ordinal
    if after == "s":
        return _decade(words) if short == "en" else f"{words} s"
    if before in {"№", "#"}:
        return f"{SIGNS.get(short, {}).get('№', '')} {words}".strip()
    count = float(f"{digits}.{rest or 0}") if len(digits) <= _LONGEST else None
    if unit := unit_of(before or after, count, short):
        return f"{words} {unit}"
    return f"{words} {SIGNS.get(short, {}).get(after, after)}" if after else words


def _plain(digits: str, rest: str, short: str) -> tuple[str, str]:
    """A number without the signs between its thousands, and the digits after its point."""
    groups = re.split("[,.]", digits)
    point = "." if short in {"en", "ja", "ko", "zh", "th", "he"} else ","
    if len(groups) == 2 and point in digits:
        return groups[0], groups[1]
    return "".join(groups), rest[1:]


def _cardinal(digits: str, rest: str, code: str, short: str) -> str | None:
    if rest:
        return _words(f"{int(digits)}.{rest}" if len(digits) <= _LONGEST else digits, code)
    if len(digits) > _LONGEST or (len(digits) > 1 and int(digits[0]) == 0):
        each = [_words(digit, code) for digit in digits]
        return " ".join(one for one in each if one) if all(each) else None
    if short == "en" and len(digits) == 4 and 1100 <= int(digits) < 2100:
        return _words(digits, code, "year")
    return _words(digits, code)


def _ordinal(digits: str, after: str, code: str, short: str) -> str | None:
    ending = after.lstrip("-")
    if short == "ru" and ending and ending[0].isalpha():
        return _words(digits, code, "ordinal", **_GENDER.get(ending, {}))
    if short == "uk" and ending and ending[0].isalpha():
        return _words(digits, code, "ordinal")
    return _words(digits, code, "ordinal") if after in _ORDINAL.get(short, ()) else None


def _decade(words: str) -> str:
    """“ninety” to “nineties”."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def _words(digits: str, code: str, to: str = "cardinal", **grammar: Any) -> str | None:
    return _cached(digits, code, to, tuple(grammar.items()))


@lru_cache(maxsize=1024)
def _cached(digits: str, code: str, to: str, grammar: tuple[tuple[str, Any], ...]) -> str | None:
    try:
        number = float(digits) if "." in digits else int(digits)
        said = str(num2words(number, lang=code, to=to, **dict(grammar)))
        return " ".join(said.replace(",", " ").split()) or None
    except _UNKNOWN:
        return None
