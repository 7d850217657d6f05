"""How far apart two engines put the words of one song."""

from collections.abc import Sequence
from pathlib import Path

from aik_aligner.differences import times
from aik_lyrics import Alignment, Karaoke, Word, from_text, minted_by, untimed
from aik_service.differences import Measure, Measurements, Place, Value
from aik_service.step import StepOutput

LYRICS = from_text("one two three\nfour five", minted_by("event"))
STARTS = (1_000, 2_000, 3_000, 64_000, 65_000)


def timed(starts: Sequence[int | None], *, manual: int | None = None) -> Karaoke:
    """Each word with its start, but for None; the one with the number `manual` by hand."""
    left = iter(enumerate(starts))
    lines = []
    for line in untimed(LYRICS, "trk", 1).lines:
        words = tuple(_at(word, *next(left), manual) for word in line.words)
        lines.append(line.model_copy(update={"words": words}))
    alignment = Alignment(engine="test", coverage=0.9, confidence=0.8)
    return untimed(LYRICS, "trk", 1).model_copy(update={"lines": tuple(lines), "alignment": alignment})


def _at(word: Word, number: int, start_ms: int | None, manual: int | None) -> Word:
    return word.model_copy(update={"start_ms": start_ms, "timing": "manual" if number == manual else "aligned"})


def compared(folder: Path, first: Karaoke, second: Karaoke) -> Measurements:
    outputs = []
    for name, karaoke in (("first", first), ("second", second)):
        path = folder / f"{name}.json"
        path.write_bytes(karaoke.to_json())
        outputs.append(StepOutput({"karaoke": path}))
    return times(*outputs)


def between(found: Measurements) -> dict[str, Value | None]:
    return {each.name: each.between for each in found.measures if each.between is not None}


def test_starts_are_compared_word_by_word_and_the_farthest_are_named_first(tmp_path: Path) -> None:
    found = compared(tmp_path, timed(STARTS), timed((1_000, 2_100, 3_101, 64_300, 64_000)))
    assert between(found) == {
        "words with a time": 5,
        "starts apart, median": 0.101,
        "starts apart, 95 %": 0.86,
        "starts apart, most": 1.0,
        "starts within 0.1 s": 0.4,
        "starts within 0.3 s": 0.8,
    }
    assert found.places == (
        Place(where="line 2, five", first="1:05.000", second="1:04.000"),
        Place(where="line 2, four", first="1:04.000", second="1:04.300"),
        Place(where="line 1, three", first="0:03.000", second="0:03.101"),
    )


def test_a_word_that_only_one_has_a_time_for_is_named_and_not_measured(tmp_path: Path) -> None:
    found = compared(tmp_path, timed((None, *STARTS[1:])), timed((*STARTS[:4], None)))
    assert found.measures[2] == Measure(name="words with a time", first=4, second=4, between=3)
    assert between(found)["starts apart, most"] == 0.0
    assert found.places == (
        Place(where="line 2, five", first="1:05.000", second=""),
        Place(where="line 1, one", first="", second="0:01.000"),
    )


def test_times_given_by_hand_say_nothing_of_an_engine(tmp_path: Path) -> None:
    found = compared(tmp_path, timed(STARTS, manual=0), timed((9_000, *STARTS[1:]), manual=0))
    assert (between(found)["words with a time"], between(found)["starts apart, most"]) == (4, 0.0)
    assert found.places == ()


def test_both_have_their_coverage_and_confidence(tmp_path: Path) -> None:
    untold = timed(STARTS).model_copy(update={"alignment": Alignment(engine="other", coverage=1.0)})
    assert compared(tmp_path, timed(STARTS), untold).measures[:2] == (
        Measure(name="coverage", first=0.9, second=1.0),
        Measure(name="confidence", first=0.8, second=None),
    )


def test_where_no_word_is_timed_by_both_there_is_nothing_to_measure(tmp_path: Path) -> None:
    found = compared(tmp_path, timed((None,) * 5), timed(STARTS))
    assert between(found) == {"words with a time": 0}
    assert len(found.places) == 5
