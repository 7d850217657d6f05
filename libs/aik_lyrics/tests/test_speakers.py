"""Who sings what in a duet."""

import pytest
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.documents import Singer


def read(text: str) -> Lyrics:
    return from_text(text, minted_by("event"))


def sung(text: str) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(line.text, line.singers) for line in read(text).lines if line.sung]


def test_a_name_before_a_colon_in_two_lines_is_a_singer_until_the_next_one() -> None:
    text = "Anna: one\ntwo\nBen: three\nAnna: four\nBen: five\nBoth: six"
    assert sung(text) == [
        ("one", ("anna",)),
        ("two", ("anna",)),
        ("three", ("ben",)),
        ("four", ("anna",)),
        ("five", ("ben",)),
        ("six", ("anna", "ben")),
    ]
    assert read(text).singers == (Singer(id="anna", name="Anna"), Singer(id="ben", name="Ben"))
    assert read(text).lines[0].written == "Anna: one"


def test_a_name_may_stand_alone_on_its_line_or_in_brackets() -> None:
    assert sung("[Anna]\none\n[Ben]\ntwo\n[Anna]\nthree\n(Ben)\nfour\nBen:\nfive\n(Anna) six\n(Both)\nseven") == [
        ("one", ("anna",)),
        ("two", ("ben",)),
        ("three", ("anna",)),
        ("four", ("ben",)),
        ("five", ("ben",)),
        ("six", ("anna",)),
        ("seven", ("anna", "ben")),
    ]


def test_a_section_mark_says_who_sings_until_the_next_one() -> None:
    text = "[Verse 1: Anna]\none\n[Chorus: Anna & Ben]\ntwo\n[Applause]\nthree\n[Bridge]\nfour\n[Outro: Both]\nfive"
    assert sung(text) == [
        ("one", ("anna",)),
        ("two", ("anna", "ben")),
        ("three", ("anna", "ben")),
        ("four", None),
        ("five", ("anna", "ben")),
    ]


@pytest.mark.parametrize(
    ("text", "singers"),
    [
        ("Он: привет\nОна: пока\nВсе: ура", [("он",), ("она",), ("он", "она")]),
        ("М: раз\nЖ: два\nВместе: три", [("м",), ("ж",), ("ж", "м")]),
        ("F: one\nM: two", [("f",), ("m",)]),
        ("男：一\n女：二\n合：三", [("男",), ("女",), ("女", "男")]),
        ("All: one", [("all",)]),
        ("Singer 1: one\nSinger 2: two", [("singer-1",), ("singer-2",)]),
        ("Anna and Ben: one\nAnna: two\nBen: three", [("anna", "ben"), ("anna",), ("ben",)]),
    ],
)
def test_words_for_he_she_and_all_are_singers_at_once(text: str, singers: list[tuple[str, ...]]) -> None:
    assert [voices for line in read(text).lines if (voices := line.singers)] == singers


@pytest.mark.parametrize(
    "text",
    [
        "And I said: hello\nAnd I said: goodbye",
        "Tell Me: who are you\nTell Me: who are you",
        "Anna: only once",
        "he: small letters",
        "I Say: one\nI Say: two",
        "(all)\none",
        "at 3:00 at 4:00",
        "[Applause]\none\n[Applause]\ntwo",
    ],
)
def test_what_may_be_sung_is_no_singer(text: str) -> None:
    lyrics = read(text)
    assert lyrics.singers is None
    assert {line.singers for line in lyrics.lines} == {None}


def test_a_word_for_all_of_many_names_is_a_choir() -> None:
    names = "abcdefghijklm"
    text = "\n".join(f"N{name}: one {n}" for name in names for n in range(2))
    assert sung(f"{text}\nAll: end")[-1] == ("end", ("all",))
    fewer = "\n".join(text.splitlines()[:-2])
    assert sung(f"{fewer}\nAll: end")[-1] == ("end", tuple(f"n{name}" for name in names[:-1]))
