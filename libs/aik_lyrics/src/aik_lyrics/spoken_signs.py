"""Signs and abbreviations with the words that they are sung as, by language."""

from collections.abc import Mapping

SIGNS: Mapping[str, Mapping[str, str]] = {
    "en": {"&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "$": "dollar", "№": "number"},
    "ru": {"&": "и", "+": "плюс", "=": "равно", "%": "процентов", "$": "доллар", "№": "номер"},
    "uk": {"&": "і", "+": "плюс", "=": "дорівнює", "%": "відсотків", "№": "номер"},
    "de": {"&": "und", "+": "plus", "=": "gleich", "%": "Prozent", "@": "at"},
    "fr": {"&": "et", "+": "plus", "=": "égale", "%": "pour cent"},
    "es": {"&": "y", "+": "más", "=": "igual", "%": "por ciento"},
    "it": {"&": "e", "+": "più", "=": "uguale", "%": "per cento"},
    "pt": {"&": "e", "+": "mais", "=": "igual", "%": "por cento"},
    "pl": {"&": "i", "+": "plus", "%": "procent"},
}
"""What a sign is when it stands alone."""

ABBREVIATIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "mr.": "mister",
        "mr": "mister",
        "mrs.": "missus",
        "mrs": "missus",
        "ms.": "miz",
        "dr.": "doctor",
        "dr": "doctor",
        "st.": "saint",
        "mt.": "mount",
        "jr.": "junior",
        "sr.": "senior",
        "vs.": "versus",
        "vs": "versus",
        "feat.": "featuring",
        "etc.": "et cetera",
        "w/": "with",
        "w/o": "without",
    },
    "ru": {
        "т.д.": "так далее",
        "т.п.": "тому подобное",
        "т.е.": "то есть",
        "т.к.": "так как",
        "др.": "другие",
        "ул.": "улица",
        "руб.": "рублей",
        "тыс.": "тысяч",
        "стр.": "страница",
        "св.": "святой",
    },
    "de": {"dr.": "doktor", "st.": "sankt", "usw.": "und so weiter", "z.b.": "zum Beispiel"},
    "fr": {"m.": "monsieur", "mme": "madame", "mlle": "mademoiselle", "etc.": "et cetera"},
    "es": {"sr.": "señor", "sra.": "señora", "dr.": "doctor", "etc.": "etcétera"},
}

UNITS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "en": {
        "$": ("dollar", "dollars", "dollars"),
        "£": ("pound", "pounds", "pounds"),
        "€": ("euro", "euros", "euros"),
        "%": ("percent", "percent", "percent"),
        "°": ("degree", "degrees", "degrees"),
    },
    "ru": {
        "$": ("доллар", "доллара", "долларов"),
        "₽": ("рубль", "рубля", "рублей"),
        "€": ("евро", "евро", "евро"),
        "%": ("процент", "процента", "процентов"),
        "°": ("градус", "градуса", "градусов"),
    },
    "de": {"%": ("Prozent",) * 3, "€": ("Euro",) * 3, "$": ("Dollar",) * 3},
    "fr": {"%": ("pour cent",) * 3, "€": ("euro", "euros", "euros"), "$": ("dollar", "dollars", "dollars")},
    "es": {"%": ("por ciento",) * 3, "€": ("euro", "euros", "euros"), "$": ("dólar", "dólares", "dólares")},
}
"""What is counted: for one, for a few (in Russian two to four), for many."""


def unit_of(sign: str, number: float | None, language: str) -> str | None:
    """The word for so many of what the sign stands for; without a number, for more than anybody counts."""
    forms = UNITS.get(language, {}).get(sign)
    if forms is None:
        return None
    if number is None:
        return forms[2]
    if language != "ru":
        return forms[0] if number == 1 else forms[1]
    whole = int(number)
    if whole != number or 11 <= whole % 100 <= 14 or whole % 10 in {0, 5, 6, 7, 8, 9}:
        return forms[2] if whole == number else forms[1]
    return forms[0] if whole % 10 == 1 else forms[1]
