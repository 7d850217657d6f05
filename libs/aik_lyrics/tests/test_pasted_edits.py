"""Marks, chords, speakers and times survive edits, and an edit changes no more than it says."""

import pytest
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.documents import Hint, Line
from aik_lyrics.edits import changed_line_ids, edited
from aik_lyrics.errors import LineInvalid, LyricsTooLong, WordsMismatch
from aik_lyrics.line_edits import LineEdit, WordEdit, edited_lines
from aik_lyrics.text import written

TEXT = """[Verse 1: Anna]
[Am]Hello [G]darkness
Anna: my old friend (x2)
(ooh)
[Chorus: Ben]
Ben: la — la

Anna: the end"""
OLD = from_text(TEXT, minted_by("old"))
VERSE, HELLO, FRIEND, OOH, CHORUS, LA, END = OLD.lines


def by_text(text: str, old: Lyrics = OLD) -> Lyrics:
    return edited(old, text, minted_by("new"))


def by_lines(*edits: LineEdit, old: Lyrics = OLD) -> Lyrics:
    return edited_lines(old, edits, minted_by("new"))


def keep(line: Line) -> LineEdit:
    return LineEdit(id=line.id, text=line.text)


def ids(line: Line) -> list[str]:
    return [word.id for word in line.words]


def test_a_changed_mark_changes_only_its_line() -> None:
    new = by_text(TEXT.replace("[Chorus: Ben]", "[Hook 2: Ben]"))
    assert new.lines == (VERSE, HELLO, FRIEND, OOH, CHORUS.model_copy(update={"written": "[Hook 2: Ben]"}), LA, END)
    assert changed_line_ids(OLD, new) == [CHORUS.id]


def test_another_singer_in_a_mark_sings_the_lines_under_it() -> None:
    new = by_text(TEXT.replace("1: Anna", "1: Cleo"))
    assert [line.singers for line in new.lines[1:3]] == [("cleo",), ("anna",)]
    assert [singer.name for singer in new.singers or ()] == ["Cleo", "Anna", "Ben"]
    assert ids(new.lines[1]) == ids(HELLO)


def test_chords_may_be_moved_while_the_words_stay() -> None:
    line = by_text(TEXT.replace("[Am]Hello [G]darkness", "Hello [F]dark[G]ness")).lines[1]
    assert line == HELLO.model_copy(update={"written": "Hello [F]dark[G]ness"})


def test_a_corrected_word_keeps_the_chords_the_singers_and_the_ids() -> None:
    line = by_text(TEXT.replace("my old friend", "my odd friend")).lines[2]
    assert (line.id, ids(line), line.singers) == (FRIEND.id, ids(FRIEND), ("anna",))
    assert (line.text, line.written) == ("my odd friend", "Anna: my odd friend (x2)")


def test_what_was_set_by_hand_stays_until_the_text_says_something_else() -> None:
    old = by_lines(
        *map(keep, (VERSE, HELLO)), LineEdit(id=FRIEND.id, text=FRIEND.text, singers=("s9",), role="backing")
    )
    assert by_text(old.source_text, old).lines == old.lines
    changed = by_text(old.source_text.replace("Anna: my", "Она: my"), old).lines[2]
    assert (changed.singers, changed.role, changed.text) == (("s9",), "backing", FRIEND.text)


def test_accents_that_are_encoded_in_another_way_are_the_same_word() -> None:
    old = from_text("café noir\nété", minted_by("old"))
    new = by_text("cafe\u0301 noir\ne\u0301te\u0301", old)
    assert [(line.id, ids(line)) for line in new.lines] == [(line.id, ids(line)) for line in old.lines]
    assert new.lines[0].text == "cafe\u0301 noir"
    more = by_text("tre\u0300s\ncafe\u0301 tout noir\ne\u0301te\u0301", old)
    assert [line.id for line in more.lines[1:]] == [line.id for line in old.lines]
    assert [ids(more.lines[1])[n] for n in (0, 2)] == ids(old.lines[0])


def test_a_time_given_by_hand_stays_when_chords_come_and_go() -> None:
    first, *rest = HELLO.words
    words = (WordEdit(id=first.id, text=first.text, start_ms=5), *(WordEdit(id=one.id, text=one.text) for one in rest))
    old = by_lines(keep(VERSE), LineEdit(id=HELLO.id, text=HELLO.text, words=words))
    assert old.lines[1].written == "[Am]Hello [G]darkness"
    plain = by_text("[Verse 1: Anna]\nHello darkness", old)
    assert plain.lines[1] == old.lines[1].model_copy(update={"written": None})


def test_lines_keep_how_they_were_written_and_the_source_text_has_it() -> None:
    new = by_lines(*map(keep, OLD.lines[1:]), LineEdit(text="[Outro]"), LineEdit(text="Anna: bye (x2)"))
    assert new.lines[:6] == OLD.lines[1:]
    outro, bye = new.lines[6:]
    assert (outro.text, outro.written, outro.words) == ("", "[Outro]", ())
    assert (bye.text, bye.singers, bye.written) == ("bye", ("anna",), "Anna: bye (x2)")
    assert new.source_text.splitlines()[0] == "[Am]Hello [G]darkness"
    assert new.source_text.splitlines()[-1] == "Anna: bye (x2)"
    assert by_text(new.source_text, new).lines == new.lines


def test_another_text_of_a_line_keeps_what_stood_before_and_after_its_words() -> None:
    friend = by_lines(LineEdit(id=FRIEND.id, text="my new friend")).lines[0]
    assert (friend.written, friend.singers, ids(friend)) == ("Anna: my new friend (x2)", ("anna",), ids(FRIEND))
    hello = by_lines(LineEdit(id=HELLO.id, text="Hello light")).lines[0]
    assert (hello.written, hello.text) == ("[Am]Hello light", "Hello light")


def test_words_that_were_sent_are_never_taken_for_marks() -> None:
    words = tuple(WordEdit(text=text) for text in ("Anna:", "x2"))
    new = by_lines(keep(HELLO), LineEdit(text="Anna: x2", words=words), LineEdit(id=LA.id, text="Chorus"))
    assert [(line.text, line.sung, line.written) for line in new.lines[1:]] == [
        ("Anna: x2", True, None),
        ("Chorus", True, "Ben: Chorus"),
    ]
    assert by_text(new.source_text, new).lines == new.lines


def test_a_mark_may_become_a_line_and_a_line_a_sign() -> None:
    new = by_lines(LineEdit(id=CHORUS.id, text="la la"), LineEdit(id=LA.id, text="***"))
    assert [(line.id, line.text, line.written, line.sung) for line in new.lines] == [
        (CHORUS.id, "la la", None, True),
        (LA.id, "", "***", False),
    ]


def test_a_mark_may_be_sent_as_it_is_written_or_without_text_and_another_line_must_have_text() -> None:
    for text in ("", "[Chorus: Ben]"):
        assert by_lines(LineEdit(id=CHORUS.id, text=text, words=()), keep(LA)).lines == (CHORUS, LA)
    with pytest.raises(LineInvalid):
        by_lines(LineEdit(id=LA.id, text=""))


def test_only_signs_that_stand_alone_may_be_between_words() -> None:
    la, again = (WordEdit(id=word.id, text=word.text) for word in LA.words)
    assert by_lines(LineEdit(id=LA.id, text="la — la", words=(la, again))).lines == (LA,)
    for text in ("la, la", "la —la", "la or la", "— la la", "la la!"):
        with pytest.raises(WordsMismatch):
            by_lines(LineEdit(id=LA.id, text=text, words=(la, again)))


def test_lines_that_are_too_long_as_they_were_written_are_refused() -> None:
    old = from_text(f"[{'x' * 40_000}]\nla", minted_by("old"))
    mark, _ = old.lines
    with pytest.raises(LyricsTooLong):
        by_lines(keep(mark), LineEdit(text="la " * 10_000), old=old)


LRC = from_text("[00:01.00]one two\n[00:02.00]<00:02.10>three <00:02.50>four", minted_by("lrc"))
ONE, THREE = LRC.lines


def test_hints_stay_with_their_words_and_go_with_them() -> None:
    assert LRC.hints is not None
    gone = by_text("[00:01.00]one two", LRC)
    assert (gone.hints, gone.hints_from) == (LRC.hints[:1], "lrc")
    plain = by_text("one two\nthree four", LRC)
    assert (plain.hints, plain.lines[0].words) == (LRC.hints, ONE.words)
    by_hand = by_lines(LineEdit(id=THREE.id, text="three fore"), LineEdit(text="[00:09.00]new"), old=LRC)
    assert by_hand.lines[0].written == "[00:02.00]<00:02.10>three fore"
    assert by_hand.hints == (*LRC.hints[1:], Hint(word_id=by_hand.lines[1].words[0].id, start_ms=9_000))
    assert by_text("other\nwords\nhere", LRC).hints_from is None


def test_another_time_in_the_text_is_another_hint() -> None:
    new = by_text("[00:01.50]one two\n[00:02.00]<00:02.10>three <00:02.50>four", LRC)
    assert LRC.hints is not None
    assert new.hints == (Hint(word_id=ONE.words[0].id, start_ms=1_500), *LRC.hints[1:])
    assert by_text(f"[offset:100]\n{LRC.source_text}", LRC).hints == tuple(
        hint.model_copy(update={"start_ms": hint.start_ms - 100}) for hint in LRC.hints
    )


def test_times_of_a_file_take_the_place_of_what_was_heard() -> None:
    heard = from_text("one two\nthree", minted_by("asr"))
    hints = tuple(Hint(word_id=word.id, start_ms=7) for line in heard.lines for word in line.words)
    heard = heard.model_copy(update={"hints": hints, "hints_from": "transcript"})
    assert by_text("one two\nthree more", heard).hints == hints
    timed = by_text("[00:01.00]one two\nthree", heard)
    assert timed.hints == (Hint(word_id=heard.lines[0].words[0].id, start_ms=1_000),)
    assert timed.hints_from == "lrc"


def test_every_line_as_written_makes_up_the_text() -> None:
    assert [written(line) for line in OLD.lines] == [line for line in TEXT.splitlines() if line]
