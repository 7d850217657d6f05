"""Lines of a transcript: where they break, and what is not believed."""

from aik_asr.lines import lines_of
from aik_asr.port import HeardWord, Segment


def heard(text: str, *, start: float = 0.0, pause_before: str = "", probability: float = 0.9) -> list[HeardWord]:
    """Half a second a word; a second of pause before the words of `pause_before`."""
    words = []
    for word in text.split():
        start += 1.0 if word in pause_before.split() else 0.0
        words.append(HeardWord(f" {word}", start, start + 0.5, probability))
        start += 0.5
    return words


def segment(text: str, *, no_speech: float = 0.1, repetition: float = 1.2, probability: float = 0.9) -> Segment:
    return Segment(heard(text, probability=probability), no_speech, repetition)


def test_a_line_breaks_at_a_pause_and_at_a_sentence_end() -> None:
    words = heard("one two. three four five", pause_before="five")
    assert lines_of([Segment(words, 0.1, 1.0)]) == ["one two.", "three four", "five"]


def test_a_long_line_breaks_at_a_comma_else_near_its_middle() -> None:
    assert lines_of([segment("a b c d, e f g h i j k l m")]) == ["a b c d,", "e f g h i j k l m"]
    assert lines_of([segment("a b c d e f g h i j k l m n")]) == ["a b c d e f g", "h i j k l m n"]


def test_words_without_spaces_are_joined_as_they_were_heard() -> None:
    words = [HeardWord(text, n, n + 1, 0.9) for n, text in enumerate(["今日", "は", "。", "世界"])]
    assert lines_of([Segment(words, 0.1, 1.0)]) == ["今日は。", "世界"]


def test_what_a_model_makes_up_in_silence_is_left_out() -> None:
    made_up = [
        segment("la la", repetition=5.1),
        segment("you", probability=0.05),
        segment("thank you", no_speech=0.7, probability=0.4),
        segment("so so", no_speech=0.7, repetition=2.5),
        segment("♪ ―"),
        Segment([], 0.0, 1.0),
    ]
    assert lines_of(made_up) == []


def test_a_repeated_chorus_and_doubtful_singing_are_kept() -> None:
    kept = [segment("la la la", repetition=3.0), segment("so long", no_speech=0.7), segment("oh", probability=0.2)]
    assert lines_of(kept) == ["la la la", "so long", "oh"]
