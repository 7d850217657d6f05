"""What is not believed, and what is although it looks like it."""

import pytest
from aik_asr.made_up import is_sung, without_made_up, without_squeezed
from aik_asr.port import HeardWord, Segment
from aik_asr.sung import SungWord


def segment(text: str, *, no_speech: float = 0.1, repetition: float = 1.2, probability: float = 0.9) -> Segment:
    words = [HeardWord(f" {word}", n, n + 0.5, probability) for n, word in enumerate(text.split())]
    return Segment(words, no_speech, repetition)


def words(text: str, *, each_s: float = 0.5, probability: float = 0.9, confirmed: float | None = 1) -> list[SungWord]:
    return [
        SungWord(f" {word}", n * each_s, (n + 1) * each_s, probability, opens=n == 0, confirmed=confirmed)
        for n, word in enumerate(text.split())
    ]


def text(sung: list[SungWord]) -> str:
    return "".join(word.text for word in sung).strip()


def test_a_segment_that_its_own_model_doubts_is_not_sung() -> None:
    made_up = [
        segment("you", probability=0.05),
        segment("thank you", no_speech=0.7, probability=0.4),
        segment("so so", no_speech=0.7, repetition=2.5),
        segment("[Music]"),
        segment("(upbeat music)"),
        Segment([], 0.0, 1.0),
    ]
    assert [is_sung(one) for one in made_up] == [False] * len(made_up)


def test_a_repeated_chorus_and_doubtful_singing_are_sung() -> None:
    sung = [segment("la la la", repetition=3.0), segment("so long", no_speech=0.7), segment("oh", probability=0.2)]
    assert [is_sung(one) for one in sung] == [True] * len(sung)


def test_words_without_time_are_left_out_and_the_segment_begins_with_the_next_one() -> None:
    first, second, third = words("one two three")
    squeezed = SungWord(" never", 0.0, 0.1, 0.9, opens=True)
    begins = SungWord(" two", second.start, second.end, 0.9, opens=True, confirmed=1)
    assert without_squeezed([squeezed, second, third]) == [begins, third]
    assert without_squeezed([first, SungWord(" zero", 0.5, 0.5, 0.9), second]) == [first, second]


def test_of_a_loop_that_no_other_hearing_has_the_first_phrase_is_kept() -> None:
    looped = words("away " + "and then I " * 7, confirmed=0)
    assert text(without_made_up(looped)) == "away and then I"


def test_of_a_loop_that_nobody_can_sing_the_first_phrase_is_kept() -> None:
    assert text(without_made_up(words("everybody " * 20, each_s=0.3))) == "everybody"


@pytest.mark.parametrize("confirmed", [1.0, 0.5, None])
def test_a_chorus_that_is_sung_many_times_stays(confirmed: float | None) -> None:
    sung = words("na na na na na na na na " + "let it be " * 5, confirmed=confirmed)
    assert without_made_up(sung) == sung


def test_a_phrase_that_comes_twice_stays_though_nobody_confirms_it() -> None:
    sung = words("come back to me come back to me", confirmed=0)
    assert without_made_up(sung) == sung


@pytest.mark.parametrize("phrase", ["Thanks for watching!", "Продолжение следует..."])
def test_a_farewell_is_left_out_where_it_is_doubtful(phrase: str) -> None:
    rest = words("the end")
    assert without_made_up(rest + words(phrase, confirmed=0)) == rest
    assert without_made_up(rest + words(phrase, confirmed=None, probability=0.5)) == rest
    assert without_made_up(rest + words(phrase)) == rest + words(phrase)
    sung = words(f"so {phrase.lower().rstrip('.!')} my love", confirmed=0)
    assert without_made_up(sung) == sung


@pytest.mark.parametrize("phrase", ["Subtitles by the river", "Untertitel von gestern"])
def test_words_that_begin_a_credit_stay_where_other_hearings_have_them(phrase: str) -> None:
    assert without_made_up(words(phrase)) == words(phrase)
    assert without_made_up(words(phrase, confirmed=0)) == []
    assert without_made_up(words(phrase, confirmed=None)) == []


def test_nobody_sings_the_name_of_who_made_the_subtitles() -> None:
    assert without_made_up(words("Субтитры сделал DimaTorzok") + words("Subtitles by the Amara.org community")) == []
