"""Signs that something is sung again: “(x2)”, “×3”, “2 раза”. They are not sung, and no line is doubled for them."""

import re

_NUMBER = r"(?:[2-9]|1\d|20)"
_TIMES = r"(?:times|раз[а]?|р\.?|mal|fois|veces|vezes|volte|razy|рази|kez)"
_X = "[x×хX✕✖Х]"
_SIGN = rf"(?:{_X}\s?{_NUMBER}|{_NUMBER}\s?{_X})"
_SPOKEN = rf"{_NUMBER}\s?{_TIMES}"
_WORD = r"(?:repeat|bis|повтор(?:ить)?)"
_COUNT = rf"(?:(?:{_WORD}[\s:]{{0,2}})?(?:{_SIGN}|{_SPOKEN})|{_WORD})"
# A bare count of times (“I told you two times”) is sung: it counts only in brackets, after a dash or alone.
_AT_END = re.compile(
    rf"(?:(?<=\s)|(?<=[)\]」])|^)(?:[(\[（［]\s?{_COUNT}\s?[)\]）］]|{_SIGN}|[-–—/]{{1,2}}\s?{_SPOKEN})[.!]?$",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"{_COUNT}[.!:]?", re.IGNORECASE)
_AFTER_NAME = re.compile(rf"[\s,:(\[–—-]{{1,4}}(?:{_COUNT})[)\]]?$", re.IGNORECASE)
_LONGEST = 32


def repeat_at_end(text: str) -> int | None:
    """Where the sign begins that ends this line."""
    start = max(0, len(text) - _LONGEST)
    found = _AT_END.search(text, start)
    if found is None or (found.start() == start and start > 0):
        return None
    return found.start()


def is_repeat(text: str) -> bool:
    """Whether the line is nothing but such a sign."""
    return len(text) <= _LONGEST and (repeat_at_end(text) == 0 or _ALONE.fullmatch(text) is not None)


def without_repeat(name: str) -> str:
    """The name of a section, less how often it is sung: “Chorus x2”, “Припев (2 раза)”."""
    start = max(0, len(name) - _LONGEST)
    found = _AFTER_NAME.search(name, start)
    return name[: found.start()] if found is not None else name
