"""UltraStar.txt is read back by the rules of its format: notes of a part never overlap, so something has to give."""

import re
from io import StringIO
from itertools import pairwise

import pytest
from aik_lyrics import Karaoke
from aik_lyrics.exporters.timed import timed_lines
from aik_lyrics.exporters.ultrastar import to_ultrastar
from aik_lyrics.testing import EMPTY, ENGLISH, MARKED, RUSSIAN, SINGERS, Timed, line, song, songs
from hypothesis import given, settings


def notes(content: str) -> list[list[list[Timed]]]:
    """A reader by the rules of the published format (no Python library for it is kept): parts, lines, words in ms."""
    head = dict(re.findall(r"^#(\w+):(.*)$", content, re.MULTILINE))
    beat_ms = 15_000 / float(head["BPM"])
    parts: list[list[list[Timed]]] = [[[]]]
    for row in StringIO(content):
        if re.match(r"P\d$", row) and parts[-1] != [[]]:
            parts.append([[]])
        elif row.startswith("-"):
            parts[-1].append([])
        elif found := re.match(r"F (\d+) (\d+) 0 (.*)\n", row):
            start, length = (round(int(found[n]) * beat_ms) for n in (1, 2))
            at = int(head["GAP"]) + start
            parts[-1][-1].append((found[3].rstrip(" "), at, at + length))
    return parts


ENGLISH_NOTES = [
    [
        [("Don't", 1005, 1495), ("&", 1495, 1505), ("<stop>", 1985, 2495), ("-->", 2495, 2505), ("{me}", 2505, 3005)],
        [(r"rock\n'roll", 3015, 3995), ("🎸", 29995, 30295), ("[x]", 30295, 31005)],
        [("late", 3661225, 3662345)],
    ],
    [[("ooh", 30095, 30195), ("ooh", 30395, 31495)]],
]
RUSSIAN_NOTES = [
    [
        [("Ночь,", 10011, 10491), ("улица,", 10771, 11221), ("фонарь", 11221, 12341)],
        [("夜", 12991, 13331), ("の", 13331, 13661), ("街", 13661, 13991)],
        [("שלום", 14991, 15491), ("עולם", 15591, 16001)],
    ]
]
MARKED_NOTES = [
    [
        [("مرحبا", 5000, 5400), ("hello", 5400, 5900), ("يا", 6010, 6500)],
        [("שלום", 7000, 7500)],
        [("ok", 8000, 8500)],
    ]
]


@pytest.mark.parametrize(
    ("karaoke", "parts"),
    [(ENGLISH, ENGLISH_NOTES), (RUSSIAN, RUSSIAN_NOTES), (MARKED, MARKED_NOTES), (EMPTY, [[[]]])],
    ids=["english", "russian", "marked", "nothing-sung"],
)
def test_notes_begin_and_end_within_a_beat(karaoke: Karaoke, parts: list[list[list[Timed]]]) -> None:
    assert notes(to_ultrastar(karaoke)) == parts


@given(songs())
@settings(max_examples=60, deadline=None)
def test_every_word_is_in_the_parts_of_its_singers_within_a_beat(karaoke: Karaoke) -> None:
    """Notes of one part never overlap and last a beat at least, so words without a length push each other on."""
    singers = [singer for singer in ("s1", "s2") if words_of(karaoke, singer)]
    read = [[word for row in part for word in row] for part in notes(to_ultrastar(karaoke))]
    assert len(read) == max(1, len(singers))
    for singer, part in zip(singers, read, strict=False):
        check_part(part, words_of(karaoke, singer))


def words_of(karaoke: Karaoke, singer: str) -> list[Timed]:
    lines = [at for at in timed_lines(karaoke) if singer in (at.line.singers or ())]
    return [(word.text, word.start_ms, word.end_ms) for at in lines for word in at.words]


def check_part(read: list[Timed], expected: list[Timed]) -> None:
    assert [text for text, _, _ in read] == [text for text, _, _ in expected]
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(read))
    pushed, following = 0, [start for _, start, _ in read[1:]] + [10**9]
    for (_, at, to), (_, start, end), before, limit in zip(read, expected, [None, *read], following, strict=False):
        pushed = pushed + 10 if before and before[2] > start else 0
        assert start - 10 < at <= start + pushed, (at, start, end)
        assert min(end - 10, limit - 10) < to <= max(end, at + 10), (to, start, end)


def test_ultrastar_gives_each_of_two_singers_a_part() -> None:
    karaoke = song(
        line("a", "hello there", 1_000, 1_500, 1_600, 2_000, singers=("s1",)),
        line("b", "oh", 1_200, 1_400, singers=("s2",)),
        line("c", "both", 3_000, 3_500, singers=("s1", "s2")),
        singers=SINGERS,
    )
    content = to_ultrastar(karaoke, title="T", artist="A", audio_file="minus.m4a")
    head = "VERSION:1.0.0 TITLE:T ARTIST:A MP3:minus.m4a BPM:1500 GAP:1000 LANGUAGE:English P1:Ann P2:Bob"
    assert content.splitlines()[:9] == [f"#{field}" for field in head.split()]
    both = [("both", 3_000, 3_500)]
    assert notes(content) == [
        [[("hello", 1_000, 1_500), ("there", 1_600, 2_000)], both],
        [[("oh", 1_200, 1_400)], both],
    ]


def test_a_line_inside_another_one_of_its_part_moves_to_the_other_part() -> None:
    karaoke = song(
        line("a", "one two", 1_000, 1_500, 2_000, 2_500, singers=("s1",)),
        line("b", "oh", 1_200, 1_400, singers=("s1",)),
        singers=SINGERS,
    )
    assert notes(to_ultrastar(karaoke)) == [
        [[("one", 1_000, 1_500), ("two", 2_000, 2_500)]],
        [[("oh", 1_200, 1_400)]],
    ]


def test_a_third_line_inside_lines_of_both_parts_is_left_out() -> None:
    karaoke = song(
        line("a", "one two", 1_000, 1_500, 2_000, 2_500, singers=("s1",)),
        line("b", "oh ah", 1_200, 1_400, 2_200, 2_400, singers=("s2",)),
        line("c", "inside", 1_600, 1_900, role="backing"),
        line("d", "after", 3_000, 3_500, singers=("s1",)),
        singers=SINGERS,
    )
    assert notes(to_ultrastar(karaoke)) == [
        [[("one", 1_000, 1_500), ("two", 2_000, 2_500)], [("after", 3_000, 3_500)]],
        [[("oh", 1_200, 1_400), ("ah", 2_200, 2_400)]],
    ]


def test_a_voice_alone_is_no_part_whichever_singer_it_is() -> None:
    content = to_ultrastar(song(line("a", "oh", 1_000, 1_400, singers=("s2",)), singers=SINGERS))
    assert content.splitlines()[-2:] == ["F 0 40 0 oh", "E"]
    assert not re.search("^#?P[12]", content, re.MULTILINE)
