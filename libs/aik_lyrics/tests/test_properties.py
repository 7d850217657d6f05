"""What holds for every pasted text: nothing is lost, nothing is doubled, and reading it again changes nothing."""

from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.edits import changed_line_ids, edited
from aik_lyrics.errors import LyricsEmpty
from aik_lyrics.line_edits import LineEdit, edited_lines
from aik_lyrics.readings import read
from aik_lyrics.text import text_lines, written
from aik_lyrics.words import tokens
from hypothesis import assume, given
from hypothesis import strategies as st

PIECES = [
    "[Chorus]", "Verse 2:", "[Verse 1: Anna & Ben]", "Припев:", "[Припев x2]", "(x2)", "x2", "×3", "2x", "(2 раза)",
    "[Am]", "Am  F  C  G", "[G]wo[C]rd", "A", "[00:12.30]", "<00:13.10>", "[offset:+500]", "[ti:Name]", "{soc}",
    "Anna:", "Ben:", "(Both)", "Все:", "Она:", "(ooh la la)", "(", ")", "[", "]", "<", ":", "：", "—", "-", "…", "...",
    "la-la", "don't", "Привет", "мир", "שלום", "今日は", "サビ", "「", "」", "사랑", "เกา", "ខ្ញុំ", "♪", "❤️", "&", "1st",
    "\u200b", "\ufeff", "\u200d", "\u0301", " ", " ", " ", "\t", "\n", "\n", "\r\n", "\r", "\u2028", "\x85", "\xa0",
]  # fmt: skip

texts = st.lists(st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)).map("".join)


def lyrics_of(text: str) -> Lyrics:
    try:
        return from_text(text, minted_by("event"))
    except LyricsEmpty:
        assume(False)
        raise


@given(texts)
def test_a_line_is_its_words_and_every_letter_of_what_is_sung_is_in_one_of_them(text: str) -> None:
    lyrics = lyrics_of(text)
    for line, reading in zip(lyrics.lines, read(text_lines(text)).lines, strict=True):
        assert line.text == reading.text == "".join(word.text + word.after for word in line.words)
        assert not any(character.isalnum() for word in line.words for character in word.after)
        assert all(word.text and word.text == word.text.strip() for word in line.words)
        assert line.sung == bool(line.words)
    ids = [id for line in lyrics.lines for id in (line.id, *(word.id for word in line.words))]
    assert len(set(ids)) == len(ids)


@given(texts)
def test_the_lines_as_written_are_the_lines_of_the_text(text: str) -> None:
    pasted = [line for raw in text.splitlines() if (line := raw.strip("\ufeff\u200b\u2060 \t\n\r\x85\xa0\u2028"))]
    rebuilt = [line.strip() for line in map(written, lyrics_of(text).lines)]
    assert [line.strip() for line in pasted if line.strip()] == rebuilt or "\u200b" in text or "\ufeff" in text
    assert text_lines("\n".join(rebuilt)) == text_lines(text)


@given(texts)
def test_the_same_text_again_changes_nothing(text: str) -> None:
    lyrics = lyrics_of(text)
    again = edited(lyrics, text, minted_by("edit"))
    assert again == lyrics
    assert again.to_json() == lyrics.to_json()


@given(texts)
def test_lines_sent_back_as_they_were_read_change_nothing(text: str) -> None:
    lyrics = lyrics_of(text)
    sent = [LineEdit.model_validate(line.model_dump(by_alias=True)) for line in lyrics.lines]
    without_words = [LineEdit(id=line.id, text=line.text) for line in lyrics.lines]
    for edits in (sent, without_words):
        again = edited_lines(lyrics, edits, minted_by("edit"))
        assert (again.lines, again.singers, again.hints) == (lyrics.lines, lyrics.singers, lyrics.hints)


@given(texts, texts)
def test_a_new_text_is_read_as_if_it_were_the_first_but_for_ids_and_known_names(old: str, new: str) -> None:
    before, expected = lyrics_of(old), lyrics_of(new)
    after = edited(before, new, minted_by("edit"))
    assert [written(line) for line in after.lines] == [written(line) for line in expected.lines]
    if before.singers is None:
        assert [(line.text, line.singers, line.role) for line in after.lines] == [
            (line.text, line.singers, line.role) for line in expected.lines
        ]
    ids = [id for line in after.lines for id in (line.id, *(word.id for word in line.words))]
    assert len(set(ids)) == len(ids)
    known = {word.id for line in after.lines for word in line.words}
    assert all(hint.word_id in known for hint in after.hints or ())
    assert {line.id for line in before.lines} - {line.id for line in after.lines} <= set(
        changed_line_ids(before, after)
    )


@given(texts)
def test_cutting_a_text_into_words_loses_no_character(text: str) -> None:
    line = text.strip()
    cut = tokens(line)
    assert "".join(word + after for word, after in cut) == (line if cut else "")
    assert bool(cut) >= any(character.isalnum() for character in line)
