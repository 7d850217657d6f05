"""What an edit leaves alone keeps its times to the bit."""

import pytest
from aik_aligner.kept import Kept, Stretch, kept_lines, stretches
from aik_lyrics import Karaoke, Line, Lyrics, from_text, minted_by, untimed
from aik_lyrics.edits import edited
from aik_lyrics.line_edits import LineEdit, WordEdit, edited_lines

LYRICS = from_text("one two\nthree four\nfive six\nseven eight", minted_by("import"))
SPOKEN = [word.text for line in LYRICS.lines for word in line.words]


def timed(line: Line, number: int) -> Line:
    """Line 0 is sung from 0 to 2 s, line 1 from 4 to 6 s, and so on; each word takes a second."""
    words = tuple(
        word.model_copy(
            update={
                "start_ms": number * 4000 + n * 1000,
                "end_ms": number * 4000 + n * 1000 + 1000,
                "timing": "aligned",
                "confidence": 0.9,
            }
        )
        for n, word in enumerate(line.words)
    )
    times = {"start_ms": number * 4000, "end_ms": number * 4000 + 2000, "confidence": 0.9, "words": words}
    return line.model_copy(update=times)


EARLIER = untimed(LYRICS, "trk", 1).model_copy(
    update={"lines": tuple(timed(line, n) for n, line in enumerate(LYRICS.lines))}
)


def edit(text: str) -> Lyrics:
    return edited(LYRICS, text, minted_by("edit"))


def left(lyrics: Lyrics, earlier: Karaoke = EARLIER) -> list[tuple[list[str], float, float]]:
    kept = kept_lines(lyrics, earlier)
    return [([line.text for line in s.lines], s.start, s.end) for s in stretches(lyrics, kept)]


def test_what_was_not_edited_is_kept_whole() -> None:
    assert list(kept_lines(LYRICS, EARLIER).values()) == list(EARLIER.lines)
    assert left(LYRICS) == []


def test_one_corrected_letter_leaves_its_line_to_align_between_its_neighbors() -> None:
    lyrics = edit("one two\nthree fuor\nfive six\nseven eight")
    assert left(lyrics) == [(["three fuor"], 2.0, 8.0)]
    kept = kept_lines(lyrics, EARLIER)
    assert list(kept.values()) == [EARLIER.lines[0], *EARLIER.lines[2:]]


def test_an_added_line_is_sung_between_its_neighbors() -> None:
    assert left(edit("one two\nnew\nthree four\nfive six\nseven eight")) == [(["new"], 2.0, 4.0)]


def test_a_deleted_line_leaves_nothing_to_align() -> None:
    assert left(edit("one two\nfive six\nseven eight")) == []


def test_a_moved_line_is_aligned_where_it_stands_now() -> None:
    assert left(edit("three four\nfive six\none two\nseven eight")) == [(["one two"], 10.0, 12.0)]


def test_first_and_last_lines_reach_to_the_ends_of_the_song() -> None:
    assert left(edit("zero\none two\nthree four\nfive six\nnine")) == [
        (["zero"], 0.0, 0.0),
        (["nine"], 10.0, float("inf")),
    ]


def edited_by_lines(*lines: tuple[str | None, str]) -> Lyrics:
    """Each line is the old one whose first word it names, or a new one; its words are the old ones of that text."""
    ids = {word.text: word.id for line in LYRICS.lines for word in line.words}
    edits = [
        LineEdit(
            id=next((line.id for line in LYRICS.lines if line.words[0].text == named), None),
            text=text,
            words=tuple(WordEdit(id=ids[word], text=word) for word in text.split()),
        )
        for named, text in lines
    ]
    return edited_lines(LYRICS, edits, minted_by("edit"))


def test_lines_that_are_split_or_merged_keep_their_words_times() -> None:
    lyrics = edited_by_lines(("one", "one"), (None, "two"), ("three", "three four five six"), ("seven", "seven eight"))
    kept = kept_lines(lyrics, EARLIER)
    assert left(lyrics) == []
    found = [(line.text, line.start_ms, line.end_ms) for line in kept.values()]
    assert found == [
        ("one", 0, 1000),
        ("two", 1000, 2000),
        ("three four five six", 4000, 10_000),
        ("seven eight", 12_000, 14_000),
    ]
    assert [w.start_ms for line in kept.values() for w in line.words] == [
        w.start_ms for line in EARLIER.lines for w in line.words
    ]


@pytest.mark.parametrize("start_ms", [0, 700])
def test_a_line_that_is_given_times_by_hand_is_aligned_around_them(start_ms: int) -> None:
    first = LYRICS.lines[0]
    words = (WordEdit(id=first.words[0].id, text="one", start_ms=start_ms, end_ms=900), WordEdit(text="two"))
    edits = [LineEdit(id=first.id, text=first.text, words=words)]
    edits += [LineEdit(id=line.id, text=line.text) for line in LYRICS.lines[1:]]
    lyrics = edited_lines(LYRICS, edits, minted_by("edit"))
    assert left(lyrics) == [(["one two"], 0.0, 4.0)]


def test_a_line_that_nobody_sings_stays_unsung() -> None:
    unsung = LYRICS.lines[1].model_copy(update={"sung": False})
    earlier = EARLIER.model_copy(update={"lines": (EARLIER.lines[0], unsung, *EARLIER.lines[2:])})
    kept: Kept = kept_lines(LYRICS, earlier)
    assert kept[unsung.id] == unsung
    assert list(stretches(LYRICS, kept)) == []


def test_other_lyrics_leave_everything_to_align() -> None:
    lyrics = from_text("quite\nanother song", minted_by("other"))
    assert list(stretches(lyrics, kept_lines(lyrics, EARLIER))) == [Stretch(list(lyrics.lines), 0.0, float("inf"))]
