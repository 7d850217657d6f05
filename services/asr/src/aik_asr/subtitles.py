"""What a model learned from subtitles and says where nobody sings."""

from collections.abc import Sequence

from aik_asr.sung import letters


def _spelled(*phrases: str) -> Sequence[str]:
    return tuple(map(letters, phrases))


# Who made the subtitles, by name: nobody sings that.
_MAKERS = _spelled("Amara.org", "DimaTorzok")

# How it is said that somebody made them. It may be sung, but rarely is.
_CREDITS = _spelled(
    "Legendas pela",
    "Sottotitoli creati",
    "Sottotitoli e revisione",
    "Sous-titrage",
    "Sous-titres réalisés",
    "Subtitles by",
    "Subtítulos realizados",
    "Untertitel der",
    "Untertitel von",
    "Untertitelung",
    "Редактор субтитров",
    "Субтитры подогнал",
    "Субтитры сделал",
    "Субтитры создавал",
)

# How a video ends. It may be sung, but rarely is.
_FAREWELLS = _spelled(
    "Gracias por ver",
    "Gracias por ver el video",
    "Grazie per aver guardato",
    "I'll see you next time",
    "Merci d'avoir regardé",
    "Merci d'avoir regardé cette vidéo",
    "Obrigado por assistir",
    "Please subscribe",
    "Please subscribe to my channel",
    "See you in the next video",
    "See you next time",
    "Subscribe to my channel",
    "Thank you",
    "Thank you for watching",
    "Thank you so much for watching",
    "Thanks for listening",
    "Thanks for watching",
    "Vielen Dank fürs Zuschauen",
    "Динамичная музыка",
    "До новых встреч",
    "Подпишись на канал",
    "Подписывайтесь на канал",
    "Продолжение следует",
    "Спасибо за внимание",
    "Спасибо за просмотр",
    "Спокойная музыка",
    "ご視聴ありがとうございました",
    "谢谢观看",
    "請訂閱",
)


def names_a_maker(text: str) -> bool:
    """Whether the text has the name of somebody who makes subtitles."""
    spelled = letters(text)
    return any(maker in spelled for maker in _MAKERS)


def is_credit(text: str) -> bool:
    """Whether the text has the words that stand before such a name."""
    spelled = letters(text)
    return any(credit in spelled for credit in _CREDITS)


def is_farewell(text: str) -> bool:
    """Whether the text is what is said at the end of a video, and nothing else."""
    return letters(text) in _FAREWELLS
