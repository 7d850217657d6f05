"""What the parts of a song are called, in many languages."""

import re
import unicodedata


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CERTAIN = {
    "intro": "intro интро вступление イントロ 前奏 인트로 전주",
    "verse": "verse куплет strophe estrofa couplet zwrotka sloka aメロ bメロ 主歌 벌스",
    "pre-chorus": "prechorus предприпев пречорус prérefrain prerefrain precoro prérefrão prerefrão preestribillo "
    "przedrefren передприспів 导歌 프리코러스",
    "chorus": "chorus припев рефрен приспів refrain estribillo refrão ritornello refren refrén kehrvers refräng omkväd "
    "nakarat サビ 副歌 후렴 코러스",
    "post-chorus": "postchorus постприпев постчорус postrefrain postcoro",
    "bridge": "bridge бридж ブリッジ 桥段 브릿지",
    "interlude": "interlude проигрыш интерлюдия zwischenspiel interludio interlúdio interludium 間奏 间奏 간주",
    "instrumental": "instrumental инструментал instrumentalbreak",
    "outro": "outro аутро アウトロ 尾奏 아웃트로",
}
_UNCERTAIN = {
    "intro": "introduction entrada introducción introdução introduzione wstęp вступ giriş",
    "verse": "vers verso strofa strofe вірш kıta",
    "chorus": "coro choruses ref пр",
    "bridge": "мост міст puente ponte pont brücke most köprü",
    "hook": "hook хук",
    "solo": "solo соло",
    "break": "break breakdown брейк drop дроп",
    "instrumental": "instrumentale instrumentaal music музыка",
    "interlude": "skit переход перебивка",
    "outro": "coda кода концовка заключение ending end конец финал fin schluss salida",
    "build": "build buildup",
    "rap": "rap рэп речитатив",
    "spoken": "spoken",
    "vamp": "vamp",
    "tag": "tag",
}
_INSTRUMENTS = _set(
    "guitar piano sax saxophone drum drums bass violin keyboard keys organ harmonica trumpet flute synth accordion "
    "гитара гитарное гитарный пианино фортепиано саксофон барабаны баян скрипка"
)
_ORDINALS = _set(
    "i ii iii iv v vi vii viii st nd rd th й ый ой я ая no nr final last first second third fourth fifth "
    "первый второй третий четвертый четвёртый последний первая вторая третья erste zweite dritte"
)
_REPEATED = _set("repeat repeated повтор повторить повторяем повторяется wiederholung bis")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def _key(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFC", text).casefold())


_KIND = {_key(name): kind for kind, names in _CERTAIN.items() for name in names.split()}
_RARE = {_key(name): kind for kind, names in _UNCERTAIN.items() for name in names.split()}
_LONGEST = 60


def certain_kind(text: str) -> str | None:
    """The kind that a name has wherever it stands alone on a line: “Chorus”, “Verse 2”, “2-й куплет”."""
    words = _words(text)
    return _KIND.get("".join(words)) or _instrumental(words)


def kind_of(text: str) -> str | None:
    """The kind that a name has where a sign says that it is a name: “Hook:”, “(Solo)”."""
    return certain_kind(text) or _RARE.get("".join(_words(text)))


def kind_in(text: str) -> str | None:
    """The kind that a name begins or ends with, for one in square brackets: “Piano Interlude”, “Соло на гитаре”."""
    if kind := kind_of(text):
        return kind
    words = [word for word in _words(text) if len(word) > 1]
    parts = ["".join(part) for part in (words[:2], words[:1], words[-2:], words[-1:])]
    return next((kind for part in parts if (kind := _KIND.get(part) or _RARE.get(part))), None)


def _instrumental(words: list[str]) -> str | None:
    """“Guitar solo”: a solo of a named instrument."""
    kinds = {_KIND.get(word) or _RARE.get(word) for word in words if word not in _INSTRUMENTS}
    named = any(word in _INSTRUMENTS for word in words)
    return kinds.pop() if named and len(kinds) == 1 and kinds <= {"solo", "instrumental", "interlude"} else None


def _words(text: str) -> list[str]:
    """The words of a name in small letters, without its number and without “repeat”."""
    if len(text) > _LONGEST:
        return []
    words = _NOT_LETTERS.sub(" ", unicodedata.normalize("NFC", text).casefold()).split()
    if words and words[0] in _REPEATED:
        words = words[1:]
    while words and words[0] in _ORDINALS:
        words = words[1:]
    while len(words) > 1 and (words[-1] in _ORDINALS or words[-1] in {"a", "b", "c", "d"}):
        words = words[:-1]
    return words
