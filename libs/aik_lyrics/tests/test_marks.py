"""Section marks, chords and repeats are told from what is sung."""

import pytest
from aik_lyrics import from_text, minted_by
from aik_lyrics.chords import is_chord_row
from aik_lyrics.documents import Line
from aik_lyrics.marks import SectionMark, section_mark
from aik_lyrics.repeats import is_repeat, repeat_at_end


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("[Chorus]", SectionMark("chorus", "Chorus")),
        ("Verse 2:", SectionMark("verse", "Verse 2")),
        ("chorus", SectionMark("chorus", "chorus")),
        ("Chorus x2", SectionMark("chorus", "Chorus")),
        ("[Chorus: x2]", SectionMark("chorus", "Chorus")),
        ("[Chorus] (x2)", SectionMark("chorus", "Chorus")),
        ("Repeat Chorus", SectionMark("chorus", "Repeat Chorus")),
        ("Pre-Chorus", SectionMark("pre-chorus", "Pre-Chorus")),
        ("**Bridge**", SectionMark("bridge", "Bridge")),
        ("### Outro", SectionMark("outro", "Outro")),
        ("2nd Verse", SectionMark("verse", "2nd Verse")),
        ("Verse IV", SectionMark("verse", "Verse IV")),
        ("Hook:", SectionMark("hook", "Hook")),
        ("(Solo)", SectionMark("solo", "Solo")),
        ("Guitar solo", SectionMark("solo", "Guitar solo")),
        ("[Piano Interlude]", SectionMark("interlude", "Piano Interlude")),
        ("[Final Chorus]", SectionMark("chorus", "Final Chorus")),
        ("[Verse 1: Anna & Ben]", SectionMark("verse", "Verse 1", "Anna & Ben")),
        ("[Intro – Anna]", SectionMark("intro", "Intro", "Anna")),
        ("[Припев]", SectionMark("chorus", "Припев")),
        ("Припев:", SectionMark("chorus", "Припев")),
        ("Припев х2:", SectionMark("chorus", "Припев")),
        ("Припев (2 раза)", SectionMark("chorus", "Припев")),
        ("Куплет 2:", SectionMark("verse", "Куплет 2")),
        ("Куплет", SectionMark("verse", "Куплет")),
        ("2-й куплет", SectionMark("verse", "2-й куплет")),
        ("Бридж", SectionMark("bridge", "Бридж")),
        ("Мост:", SectionMark("bridge", "Мост")),
        ("Пр.:", SectionMark("chorus", "Пр")),
        ("[Соло на гитаре]", SectionMark("solo", "Соло на гитаре")),
        ("Проигрыш", SectionMark("interlude", "Проигрыш")),
        ("[Refrain]", SectionMark("chorus", "Refrain")),
        ("[Estribillo]", SectionMark("chorus", "Estribillo")),
        ("【サビ】", SectionMark("chorus", "サビ")),
        ("［副歌］", SectionMark("chorus", "副歌")),
        ("{start_of_chorus}", SectionMark("chorus", "Chorus")),
        ("{c: Verse 1}", SectionMark("verse", "Verse 1")),
        ("{title: Name}", SectionMark("other", "title: Name")),
        ("[Applause]", SectionMark("other", "Applause")),
        ("[Produced by Somebody]", SectionMark("other", "Produced by Somebody")),
        ("\u041f\u0440\u0438\u043f\u0435\u0432: \u00d72", SectionMark("chorus", "Припев")),
    ],
)
def test_a_mark_has_its_kind_and_its_name_as_written(text: str, mark: SectionMark) -> None:
    assert section_mark(text) == mark


@pytest.mark.parametrize(
    "text",
    [
        "Bridge over troubled water",
        "Hook",
        "Break",
        "Мост",
        "Конец",
        "Coda",
        "Chorus!",
        "The verse",
        "I",
        "V",
        "(ooh la la)",
        "(flying solo)",
        "Chorus of angels: sing",
        "[one] and [two]",
        "verse, chorus",
        "",
        "[]",
        "two",
    ],
)
def test_what_may_be_sung_is_no_mark(text: str) -> None:
    assert section_mark(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Am  F  C  G",
        "Am",
        "F#m7b5 | Bb/D | Csus4 - G7(b9)",
        "C G F C",
        "C-G-Am-F",
        "N.C. Em x2",
        "H7 Em",
        "e|--3---5--|",
        "|-----0-2h3-----|",
    ],
)
def test_chords_alone_are_a_row_of_chords(text: str) -> None:
    assert is_chord_row(text)


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "Am I wrong",
        "A B C",
        "A B C D E F G",
        "E E E",
        "D-A-D",
        "Be",
        "Add",
        "Ham",
        "Go",
        "x2",
        "А",
        "F-A-C-E",
        "---",
        "A man",
    ],
)
def test_words_are_no_chords(text: str) -> None:
    assert not is_chord_row(text)


@pytest.mark.parametrize(
    ("text", "sung"),
    [
        ("la la (x2)", "la la"),
        ("la la x2", "la la"),
        ("la la ×3", "la la"),
        ("la la 2x", "la la"),
        ("ля ля (2 раза)", "ля ля"),
        ("ля ля х2", "ля ля"),
        ("ля ля — 3 раза", "ля ля"),
        ("la la [x2]", "la la"),
        ("(ooh) x2", "(ooh)"),
        ("la la (bis)", "la la"),
        ("I told you 2 times", "I told you 2 times"),
        ("in my 4x4", "in my 4x4"),
        ("an x64", "an x64"),
        ("max2", "max2"),
    ],
)
def test_a_repeat_at_the_end_of_a_line_is_cut(text: str, sung: str) -> None:
    assert text[: repeat_at_end(text)].rstrip() == sung


@pytest.mark.parametrize("text", ["x2", "(x2)", "[2x]", "×3", "2 раза", "(2 times)", "Repeat x2", "(Repeat)", "bis"])
def test_a_repeat_may_stand_alone(text: str) -> None:
    assert is_repeat(text)


def lines(text: str) -> tuple[Line, ...]:
    return from_text(f"{text}\nla", minted_by("event")).lines[:-1]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("[Am]Hello [G]dar[C]kness [F] my", "Hello darkness my"),
        ("[A]one[G]", "one"),
        ("(Am7)one (A) two", "one (A) two"),
        ("[Chorus] la la", "la la"),
        ("Chorus: la la x2", "la la"),
        ("Припев: ля ля", "ля ля"),
        ("hello [echo] there", "hello [echo] there"),
    ],
)
def test_what_is_not_sung_is_cut_out_of_a_line_that_keeps_how_it_was_written(written: str, text: str) -> None:
    [line] = lines(written)
    assert (line.text, line.written) == (text, None if written == text else written)


@pytest.mark.parametrize(
    "written", ["[Chorus]", "Am F C G", "[Am][F]", "x2", "[Intro] Am F", "{c: Solo}", "[ti:Name]", "♪"]
)
def test_a_line_that_only_marks_something_has_no_words(written: str) -> None:
    [line] = lines(written)
    assert line == Line(id=line.id, text="", sung=False, written=written, words=())


def test_a_line_in_round_brackets_is_sung_in_the_background() -> None:
    roles = [line.role for line in lines("(ooh la la)\n(ooh) la (la)\n（啊）\n(ooh (ah)) x2\nla (ooh)")]
    assert roles == ["backing", None, "backing", "backing", None]
