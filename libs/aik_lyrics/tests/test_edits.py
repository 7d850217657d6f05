"""An edit changes what it names and keeps the ids of the rest."""

from collections.abc import Sequence

import pytest
from aik_lyrics import Line, Lyrics, from_text, minted_by
from aik_lyrics.edits import changed_line_ids, edited
from aik_lyrics.errors import LyricsEmpty, LyricsError
from aik_lyrics.line_edits import LineEdit, WordEdit, edited_lines, without_times_as_read

OLD = from_text("the first line\nthe second line\nla la la\nthe last line", minted_by("old"))
FIRST, SECOND, THIRD, LAST = OLD.lines


def by_text(text: str, old: Lyrics = OLD) -> Lyrics:
    return edited(old, text, minted_by("new"))


def by_lines(edits: Sequence[LineEdit], old: Lyrics = OLD) -> Lyrics:
    return edited_lines(old, edits, minted_by("new"), duration_ms=60_000)


def keep(line: Line) -> LineEdit:
    return LineEdit(id=line.id, text=line.text)


def word_ids(line: Line) -> list[str]:
    return [word.id for word in line.words]


def with_manual_time(line: Line, start_ms: int) -> LineEdit:
    first, *rest = line.words
    timed = WordEdit(id=first.id, text=first.text, start_ms=start_ms)
    return LineEdit(id=line.id, text=line.text, words=(timed, *(WordEdit(id=word.id, text=word.text) for word in rest)))


def test_the_same_text_is_the_same_lines() -> None:
    assert by_text("\n\n".join(line.text for line in OLD.lines)).lines == OLD.lines


def test_a_corrected_word_keeps_the_ids_of_its_line_and_of_all_words() -> None:
    new = by_text("the first line\nthe sekond line\nla la la\nthe last line")
    assert new.lines[0] == FIRST
    assert (new.lines[1].id, word_ids(new.lines[1])) == (SECOND.id, word_ids(SECOND))
    assert [word.text for word in new.lines[1].words] == ["the", "sekond", "line"]
    assert changed_line_ids(OLD, new) == [SECOND.id]


def test_an_added_word_gets_a_new_id_and_the_others_keep_theirs() -> None:
    words = by_text("the very first line\nthe second line\nla la la\nthe last line").lines[0].words
    assert [word.id for word in words if word.text != "very"] == word_ids(FIRST)
    assert words[1].id not in {word.id for line in OLD.lines for word in line.words}


def test_a_word_keeps_its_id_when_its_line_moves() -> None:
    new = by_text("the last line\nthe first line\nthe second line\nla la la")
    assert new.lines == (LAST, FIRST, SECOND, THIRD)
    assert changed_line_ids(OLD, new) == [LAST.id]


def test_a_line_changed_among_added_ones_keeps_its_id() -> None:
    new = by_text("the first line\nsomething new\nthe second lines\nand more\nla la la\nthe last line")
    assert [line.id for line in new.lines if line.id in {line.id for line in OLD.lines}] == [
        line.id for line in OLD.lines
    ]
    assert changed_line_ids(OLD, new) == [new.lines[1].id, SECOND.id, new.lines[3].id]


def test_deleted_lines_are_named_as_changed_and_their_ids_never_come_back() -> None:
    without = by_text("the first line\nla la la\nthe last line")
    assert changed_line_ids(OLD, without) == [SECOND.id]
    again = edited(without, "the first line\nthe second line\nla la la\nthe last line", minted_by("third"))
    assert again.lines[1].id != SECOND.id


def test_an_edit_to_no_text_is_refused() -> None:
    with pytest.raises(LyricsEmpty):
        by_text(" \n ")
    with pytest.raises(LyricsEmpty):
        by_lines([])


def test_a_list_of_lines_keeps_deletes_moves_and_adds_them() -> None:
    new = by_lines([keep(LAST), keep(FIRST), LineEdit(text="brand new")])
    assert new.lines[:2] == (LAST, FIRST)
    assert (new.lines[2].text, new.lines[2].sung) == ("brand new", True)
    assert new.source_text == "the last line\nthe first line\nbrand new"


def test_singers_and_role_are_set_and_stay_when_left_out() -> None:
    new = by_lines([LineEdit(id=FIRST.id, text=FIRST.text, singers=("s1",), role="backing")])
    assert (new.lines[0].singers, new.lines[0].role) == (("s1",), "backing")
    assert edited_lines(new, [keep(FIRST)], minted_by("third")).lines == new.lines


def test_times_given_by_hand_are_manual_stay_when_left_out_and_go_with_null() -> None:
    new = by_lines([keep(FIRST), with_manual_time(SECOND, 5_000)])
    word = new.lines[1].words[0]
    assert (word.start_ms, word.end_ms, word.timing) == (5_000, None, "manual")
    assert by_text("the first line\nthe second line", new).lines[1].words[0] == word
    assert by_lines([keep(SECOND)], new).lines[0].words[0] == word
    cleared = WordEdit(id=word.id, text="the", start_ms=None)
    edit = LineEdit(id=SECOND.id, text="the", words=(cleared,))
    assert by_lines([edit], new).lines[0].words[0].timing is None


def test_a_time_given_by_hand_goes_when_a_new_text_moves_its_line_against_it() -> None:
    new = by_lines([with_manual_time(FIRST, 1_000), with_manual_time(SECOND, 5_000)])
    moved = by_text("the second line\nthe first line", new)
    assert [line.words[0].start_ms for line in moved.lines] == [5_000, None]


def test_words_are_cut_as_the_edit_cuts_them() -> None:
    edit = LineEdit(text="for ever", words=(WordEdit(text="f"), WordEdit(text="or"), WordEdit(text="ever")))
    assert [(word.text, word.after) for word in by_lines([edit]).lines[0].words] == [
        ("f", ""),
        ("or", " "),
        ("ever", ""),
    ]


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        ([LineEdit(id="nobody", text="x")], "unknown-id"),
        ([LineEdit(text="x", words=(WordEdit(id="nobody", text="x"),))], "unknown-id"),
        ([keep(FIRST), keep(FIRST)], "duplicate-id"),
        ([keep(FIRST), LineEdit(text="the", words=(WordEdit(id=FIRST.words[0].id, text="the"),))], "duplicate-id"),
        ([LineEdit(text=" ")], "line-invalid"),
        ([LineEdit(text="one\ntwo")], "line-invalid"),
        ([LineEdit(text="one two", words=(WordEdit(text="one"),))], "words-mismatch"),
        ([LineEdit(text="one, two", words=(WordEdit(text="one"), WordEdit(text="two")))], "words-mismatch"),
        ([LineEdit(text="x", words=(WordEdit(text="x", start_ms=2, end_ms=1),))], "times-invalid"),
        ([LineEdit(text="x", words=(WordEdit(text="x", end_ms=1),))], "times-invalid"),
        ([LineEdit(text="x", words=(WordEdit(text="x", start_ms=60_001),))], "times-invalid"),
        ([with_manual_time(FIRST, 2_000), with_manual_time(SECOND, 1_999)], "times-invalid"),
        ([LineEdit(text="x")] * 2_001, "lyrics-too-long"),
        ([LineEdit(text="x" * 65_536)], "lyrics-too-long"),
        ([LineEdit(text="***")], "lyrics-empty"),
    ],
)
def test_an_edit_that_does_not_fit_together_is_refused_with_its_code(edits: list[LineEdit], code: str) -> None:
    with pytest.raises(LyricsError) as refused:
        by_lines(edits)
    assert refused.value.code == code


def test_lines_of_two_singers_may_overlap() -> None:
    first = with_manual_time(FIRST, 2_000)
    second = with_manual_time(SECOND, 1_000).model_copy(update={"singers": ("s2",)})
    assert [line.words[0].start_ms for line in by_lines([first, second]).lines] == [2_000, 1_000]


def test_times_sent_back_as_they_were_read_are_nobodys_and_a_changed_one_is_manual() -> None:
    """An editor sends the whole list back: what it did not touch must still be aligned anew."""

    def aligned(line: Line) -> Line:
        words = [w.model_copy(update={"start_ms": n * 100, "end_ms": n * 100 + 50}) for n, w in enumerate(line.words)]
        return line.model_copy(update={"words": tuple(words)})

    def sent(line: Line) -> LineEdit:
        return LineEdit.model_validate(line.model_dump(by_alias=True))

    read = [aligned(line) for line in OLD.lines]
    assert by_lines(without_times_as_read([sent(line) for line in read], read)).lines == OLD.lines
    late = read[0].words[1].model_copy(update={"start_ms": 120})
    touched = read[0].model_copy(update={"words": (read[0].words[0], late, *read[0].words[2:])})
    first = by_lines(without_times_as_read([sent(touched), *map(sent, read[1:])], read)).lines[0]
    assert [word.timing for word in first.words] == [None, "manual", None]
    assert (first.words[1].start_ms, first.words[1].end_ms) == (120, 150)


def test_a_time_that_is_taken_away_is_not_as_it_was_read() -> None:
    manual = by_lines([with_manual_time(FIRST, 1_000)]).lines
    word = manual[0].words[0]
    cleared = LineEdit(id=FIRST.id, text="the", words=(WordEdit(id=word.id, text="the", start_ms=None),))
    assert without_times_as_read([cleared], manual) == (cleared,)
