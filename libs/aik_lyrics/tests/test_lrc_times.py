"""Times of LRC files become hints and are no part of the words."""

import pylrc
import pytest
from aik_lyrics import Karaoke, Lyrics, from_text, minted_by
from aik_lyrics.documents import Hint, Line
from aik_lyrics.exporters.lrc import to_enhanced_lrc, to_lrc


def read(text: str) -> Lyrics:
    return from_text(text, minted_by("event"))


def hints(text: str) -> list[tuple[str, int, int | None]]:
    lyrics = read(text)
    words = {word.id: word.text for line in lyrics.lines for word in line.words}
    return [(words[hint.word_id], hint.start_ms, hint.end_ms) for hint in lyrics.hints or ()]


def test_the_time_of_a_line_is_a_hint_for_its_first_word() -> None:
    lyrics = read("[00:12.34]one two\n[01:02]three\n[00:03.456]four\n[00:05.6]five\n[00:20.00]\nsix")
    assert [line.text for line in lyrics.lines] == ["one two", "three", "four", "five", "", "six"]
    firsts = [line.words[0].id for line in lyrics.lines if line.words][:4]
    starts = (12_340, 62_000, 3_456, 5_600)
    assert lyrics.hints == tuple(Hint(word_id=id, start_ms=ms) for id, ms in zip(firsts, starts, strict=True))
    assert lyrics.hints_from == "lrc"
    assert lyrics.lines[0].written == "[00:12.34]one two"


def test_without_times_there_are_no_hints() -> None:
    assert (read("one [two:three]").hints, read("one").hints_from) == (None, None)


def test_a_line_with_several_times_is_there_once_and_the_first_time_is_its_hint() -> None:
    assert hints("[00:10.00] [01:10.00]one two") == [("one", 10_000, None)]


def test_with_an_offset_the_lyrics_appear_sooner_and_no_hint_is_before_the_song() -> None:
    assert hints("[ti:Name]\n[offset:+500]\n[00:10.00]one\n[00:00.20]two") == [("one", 9_500, None), ("two", 0, None)]
    assert hints("[offset:-500]\n[00:10.00]one") == [("one", 10_500, None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "[00:01.00] <00:01.10> When <00:02.00> the <00:03.00> truth <00:04.00>",
            [("When", 1_100, None), ("the", 2_000, None), ("truth", 3_000, 4_000)],
        ),
        (
            "[00:01.00]<00:01.10>one<00:01.50> <00:02.00>two",
            [("one", 1_100, 1_500), ("two", 2_000, None)],
        ),
        ("<00:01.00>hel<00:01.50>lo<00:02.00> world", [("hello", 1_000, None), ("world", 2_000, None)]),
        ("<00:01.00>hel<00:01.50>lo world", [("hello", 1_000, None)]),
        ("<00:01.00>今<00:02.00>日", [("今", 1_000, None), ("日", 2_000, None)]),
        ("<00:02.00>one two<00:01.00>", [("one", 2_000, None)]),
        ("Anna: <00:01.00>one\nAnna: <00:02.00>two (x2)", [("one", 1_000, None), ("two", 2_000, None)]),
        ("[00:01.00]<00:01.00>“one”", [("“one”", 1_000, None)]),
    ],
)
def test_times_between_words_are_hints_for_each_of_them(text: str, found: list[tuple[str, int, int | None]]) -> None:
    assert hints(text) == found


def timed(lyrics: Lyrics) -> Karaoke:
    lines = tuple(_timed(line, 1_000 * n) for n, line in enumerate(lyrics.lines, start=1))
    return Karaoke(track_id="trk", version=1, duration_ms=60_000, lines=lines)


def _timed(line: Line, start: int) -> Line:
    words = tuple(
        word.model_copy(update={"start_ms": start + 100 * n, "end_ms": start + 100 * n + 50})
        for n, word in enumerate(line.words)
    )
    return line.model_copy(update={"start_ms": start, "end_ms": start + 900, "words": words})


def test_our_own_exports_pasted_back_are_the_same_words_with_their_times_as_hints() -> None:
    lyrics = read("Don't stop — now\nсветит месяц\n今日は ok\n(ooh la)\nשלום עולם")
    texts = [[(word.text, word.after) for word in line.words] for line in lyrics.lines]
    karaoke = timed(lyrics)
    starts = [word.start_ms for line in karaoke.lines for word in line.words]
    for exported in (to_lrc(karaoke, title="Name"), to_enhanced_lrc(karaoke, artist="Somebody")):
        again = [line for line in read(exported).lines if line.sung]
        assert [[(word.text, word.after) for word in line.words] for line in again] == texts
    assert [start for _, start, _ in hints(to_enhanced_lrc(karaoke))] == starts


def test_another_reader_finds_the_same_lines_and_times() -> None:
    exported = to_lrc(timed(read("one two\nthree")))
    theirs = [(line.text, round(line.time * 1000)) for line in pylrc.parse(exported) if line.text]
    lines = [line.text for line in read(exported).lines if line.sung]
    assert [(line, start) for line, (_, start, _) in zip(lines, hints(exported), strict=True)] == theirs
