"""Words become labels that a model of letters can hear."""

from aik_aligner.spelling import Alphabet, Spelled, spelled

BLANK, SPACE, ANY = 0, 1, 99
ENGLISH = Alphabet({"h": 2, "i": 3, "'": 4, "m": 5, "e": 6}, BLANK, SPACE, ANY)
RUSSIAN = Alphabet({"е": 2, "й": 3, "и": 4}, BLANK, SPACE, ANY)
CHINESE = Alphabet({"你": 2, "好": 3}, BLANK, None, ANY)


def test_words_stand_apart_where_there_is_a_space_and_a_line_ends_with_one() -> None:
    assert spelled([" Hi", " me"], ENGLISH) == Spelled([2, 3, SPACE, 5, 6, SPACE], [range(0, 2), range(3, 5)])
    assert spelled([" hi", "me"], ENGLISH) == Spelled([2, 3, 5, 6, SPACE], [range(0, 2), range(2, 4)])


def test_a_language_without_spaces_has_none() -> None:
    assert spelled([" 你", " 好"], CHINESE) == Spelled([2, 3], [range(0, 1), range(1, 2)])


def test_what_is_not_sung_has_no_label_and_a_word_of_such_signs_has_none() -> None:
    assert spelled([" “Hi,", " —", " me!"], ENGLISH) == Spelled(
        [2, 3, SPACE, 5, 6, SPACE], [range(0, 2), range(3, 3), range(3, 5)]
    )
    assert spelled([" —"], ENGLISH) == Spelled([], [range(0, 0)])
    assert spelled([], ENGLISH) == Spelled([], [])


def test_every_apostrophe_is_the_one_that_the_model_knows() -> None:
    assert spelled([" I’m"], ENGLISH) == spelled([" I'm"], ENGLISH) == Spelled([3, 4, 5, SPACE], [range(0, 3)])


def test_a_letter_with_an_accent_that_the_model_does_not_know_is_the_one_without() -> None:
    assert spelled([" é"], ENGLISH).labels == [6, SPACE]
    assert spelled([" Ё", " ей"], RUSSIAN).labels == [2, SPACE, 2, 3, SPACE]


def test_letters_and_digits_that_the_model_does_not_know_are_any_letter() -> None:
    assert spelled([" 2й"], ENGLISH).labels == [ANY, ANY, SPACE]


def test_a_word_that_is_spoken_as_several_has_them_all() -> None:
    assert spelled([" hi me"], ENGLISH) == Spelled([2, 3, SPACE, 5, 6, SPACE], [range(0, 5)])
    assert spelled(["你 好"], CHINESE).labels == [2, 3]
