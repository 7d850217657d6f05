"""Ages of what an ever-growing number has passed."""

from aik_service.ages import Ages


def watched(*looks: tuple[float, int], kept: int = 512) -> Ages:
    ages = Ages(kept)
    for at_s, number in looks:
        ages.saw(number, at_s)
    return ages


def test_a_mark_is_as_old_as_the_first_look_above_it() -> None:
    ages = watched((0, 3), (10, 5), (20, 5), (30, 9))
    assert {mark: ages.of(mark, 40) for mark in (2, 3, 4, 5, 8, 9)} == {2: 40, 3: 30, 4: 30, 5: 10, 8: 10, 9: 0}


def test_nothing_is_old_that_was_never_seen() -> None:
    assert Ages().of(0, 100) == 0


def test_a_number_that_goes_back_is_no_news() -> None:
    assert watched((0, 5), (10, 2), (20, 6)).of(5, 30) == 10


def test_marks_that_are_forgotten_take_no_room_and_the_others_stay_as_old() -> None:
    ages = watched((0, 3), (10, 5), (20, 9))
    ages.forget(5)
    assert (ages.of(5, 30), ages.of(8, 30), ages.of(9, 30)) == (10, 10, 0)


def test_what_is_watched_for_long_is_never_older_than_it_is_and_hardly_younger() -> None:
    ages = watched(*((float(second), second + 1) for second in range(10_000)), kept=64)
    assert [ages.of(mark, 10_000) for mark in (0, 9_999, 10_000)] == [10_000, 1, 0]
    assert 4_000 < ages.of(5_000, 10_000) <= 5_000
