"""Where the lines of a transcript break."""

from aik_asr.lines import stanzas, text_of
from aik_asr.written import WrittenWord


def heard(text: str, *, each_s: float = 0.4) -> list[WrittenWord]:
    """A / is a pause of a second, a // one of five, a | a segment's begin; no space before a + ."""
    words: list[WrittenWord] = []
    time, opens = 0.0, True
    for token in text.replace("+", " +").split():
        if token in ("/", "//", "|"):
            time += {"/": 1.0, "//": 5.0, "|": 0.0}[token]
            opens = opens or token == "|"
            continue
        words.append(WrittenWord(token.lstrip("+"), time, time + each_s, 0.9, not token.startswith("+"), opens))
        time, opens = time + each_s, False
    return words


def lines(text: str) -> list[str]:
    return [text_of(line) for stanza in stanzas(heard(text)) for line in stanza]


def test_a_line_breaks_where_the_singer_breathes_though_the_halves_differ() -> None:
    assert lines("we walk / along the river bank until the morning") == [
        "we walk",
        "along the river bank until the morning",
    ]


def test_a_line_breaks_where_a_sentence_ends_though_the_halves_differ() -> None:
    assert lines("it is done. along the river bank until it rains") == [
        "it is done.",
        "along the river bank until it rains",
    ]


def test_a_line_breaks_before_a_capital_but_not_before_i() -> None:
    assert lines("so we go again Along the river bank until it rains") == [
        "so we go again",
        "Along the river bank until it rains",
    ]
    assert lines("so we go again I know the river bank until it rains") == [
        "so we go again I know the",
        "river bank until it rains",
    ]


def test_a_line_breaks_where_the_tool_began_a_segment() -> None:
    assert lines("so we go again | along the river bank until it rains") == [
        "so we go again",
        "along the river bank until it rains",
    ]


def test_a_capital_inside_a_short_line_breaks_nothing() -> None:
    assert lines("tell me what I should do in Paris") == ["tell me what I should do in Paris"]


def test_a_long_line_breaks_at_a_comma_else_near_its_middle() -> None:
    assert lines("down along the quiet river, where the willows bend and the water sings") == [
        "down along the quiet river,",
        "where the willows bend and the water sings",
    ]
    assert lines("one two three four five six seven eight nine ten eleven twelve thirteen four") == [
        "one two three four five six seven eight",
        "nine ten eleven twelve thirteen four",
    ]


def test_no_word_is_left_alone_in_a_line_though_the_singer_breathes_around_it() -> None:
    assert lines("slowly / the morning comes around again / home") == ["slowly the morning comes around again home"]


def test_a_word_between_long_pauses_has_a_line_and_a_stanza_of_its_own() -> None:
    found = stanzas(heard("we were young // forever // and nobody knew"))
    assert [[text_of(line) for line in stanza] for stanza in found] == [
        ["we were young"],
        ["forever"],
        ["and nobody knew"],
    ]


def test_characters_without_spaces_are_counted_by_their_width() -> None:
    found = lines("今+日+は+と+て+も+い+い+天+気+で+す+ね / 明+日+も+き+っ+と+晴+れ+る+で+し+ょ+う")
    assert found == ["今日はとてもいい天気ですね", "明日もきっと晴れるでしょう"]
    assert max(map(len, lines("+".join("春" * 60)))) <= 22


def test_no_line_is_longer_than_twelve_words_or_forty_five_letters() -> None:
    found = lines("a " * 50 + "extraordinarily " * 20)
    assert max(len(line.split()) for line in found) <= 12
    assert max(map(len, found)) <= 45


def test_nothing_has_no_lines() -> None:
    assert stanzas([]) == []
