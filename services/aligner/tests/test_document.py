"""Word times to karaoke-json: every promise is kept, whatever the tool says."""

from aik_aligner.document import karaoke_of
from aik_aligner.port import Timed
from aik_aligner.singing import Placed
from aik_lyrics import AlignedBy, Karaoke, Lyrics, from_text, minted_by
from aik_lyrics.invariants import invariants
from aik_lyrics.line_edits import LineEdit, WordEdit, edited_lines
from hypothesis import given
from hypothesis import strategies as st

LYRICS = from_text("one two three\n***\nfour five", minted_by("event"))
IDS = [word.id for line in LYRICS.lines if line.sung for word in line.words]
DURATION_MS = 10_000


def document(times: dict[str, Timed], lyrics: Lyrics = LYRICS, unsung: frozenset[str] = frozenset()) -> Karaoke:
    return karaoke_of(
        lyrics,
        Placed(times, unsung),
        {},
        track_id="trk",
        version=1,
        duration_ms=DURATION_MS,
        by=AlignedBy(engine="test"),
    )


def spans(karaoke: Karaoke) -> list[tuple[int | None, int | None, str | None]]:
    return [(word.start_ms, word.end_ms, word.timing) for line in karaoke.lines if line.sung for word in line.words]


def with_manual(start_ms: int, end_ms: int | None = None) -> Lyrics:
    """The lyrics with a time given by hand to “two”."""
    first, stars, last = LYRICS.lines
    words = [WordEdit(id=word.id, text=word.text) for word in first.words]
    words[1] = WordEdit(id=first.words[1].id, text="two", start_ms=start_ms, end_ms=end_ms)
    edits = [LineEdit(id=line.id, text=line.text) for line in (first, stars, last)]
    edits[0] = LineEdit(id=first.id, text=first.text, words=tuple(words))
    return edited_lines(LYRICS, edits, minted_by("edit"))


def test_aligned_words_have_their_times_and_lines_and_document_their_sums() -> None:
    karaoke = document({id: Timed(n, n + 0.5, 0.5 + n / 10) for n, id in enumerate(IDS)})
    assert spans(karaoke) == [(n * 1000, n * 1000 + 500, "aligned") for n in range(5)]
    first, stars, last = karaoke.lines
    assert (first.start_ms, first.end_ms, first.confidence) == (0, 2500, 0.6)
    assert (stars.start_ms, stars.end_ms, stars.sung) == (None, None, False)
    assert (last.start_ms, last.end_ms, last.confidence) == (3000, 4500, 0.85)
    assert karaoke.alignment is not None
    assert (karaoke.alignment.coverage, karaoke.alignment.confidence) == (1.0, 0.7)
    assert invariants(karaoke, LYRICS) == []


def test_words_without_times_get_derived_ones_in_the_room_there_is() -> None:
    karaoke = document({IDS[0]: Timed(1.0, 1.5, 0.9), IDS[3]: Timed(2.0, 2.5, 0.9)})
    assert spans(karaoke) == [
        (1000, 1500, "aligned"),
        (1500, 1687, "derived"),
        (1687, 2000, "derived"),
        (2000, 2500, "aligned"),
        (2500, 2820, "derived"),
    ]
    assert karaoke.alignment is not None
    assert karaoke.alignment.coverage == 0.4
    assert invariants(karaoke, LYRICS) == []


def test_a_word_that_got_no_room_is_not_found() -> None:
    ends = [0.019, 0.02, 0.5, 0.0, 0.5]
    karaoke = document({id: Timed(n, n + end, 0.5) for n, (id, end) in enumerate(zip(IDS, ends, strict=True))})
    assert karaoke.alignment is not None
    assert karaoke.alignment.coverage == 0.6


def test_first_words_without_times_stand_right_before_the_next_one() -> None:
    assert spans(document({IDS[1]: Timed(5.0, 5.5, 0.9)}))[0] == (4760, 5000, "derived")


def test_times_given_by_hand_stay_and_aligned_ones_give_way() -> None:
    lyrics = with_manual(1_500, 3_500)
    karaoke = document({id: Timed(n, n + 0.5, 0.5) for n, id in enumerate(IDS)}, lyrics)
    assert spans(karaoke)[:3] == [(0, 500, "aligned"), (1500, 3500, "manual"), (2000, 2500, "aligned")]
    late = document({id: Timed(n + 4, n + 4.5, 0.5) for n, id in enumerate(IDS)}, lyrics)
    assert spans(late)[:3] == [(1500, 1500, "aligned"), (1500, 3500, "manual"), (6000, 6500, "aligned")]
    assert invariants(karaoke, lyrics) == invariants(late, lyrics) == []


def test_a_line_that_nobody_sings_is_marked_and_has_no_times() -> None:
    line = LYRICS.lines[0]
    karaoke = document({id: Timed(n, n + 0.5, 0.5) for n, id in enumerate(IDS[3:])}, unsung=frozenset({line.id}))
    first = karaoke.lines[0]
    assert (first.sung, first.start_ms, first.end_ms, first.text) == (False, None, None, line.text)
    assert {(word.start_ms, word.end_ms, word.timing) for word in first.words} == {(None, None, "derived")}
    assert spans(karaoke) == [(0, 500, "aligned"), (1000, 1500, "aligned")]
    assert karaoke.alignment is not None
    assert karaoke.alignment.coverage == 0.4
    assert invariants(karaoke, LYRICS) == []


def test_a_time_given_by_hand_says_that_a_line_is_sung() -> None:
    lyrics = with_manual(1_500)
    assert document({}, lyrics, unsung=frozenset({lyrics.lines[0].id})).lines[0].sung


def test_a_time_given_by_hand_without_an_end_ends_before_the_next_word() -> None:
    times = {IDS[0]: Timed(0, 1, 0.5), IDS[2]: Timed(1.6, 2, 0.5)}
    assert spans(document(times, with_manual(1_500)))[1] == (1500, 1600, "manual")


seconds = st.floats(-1, 12, allow_nan=False)


@given(
    st.dictionaries(st.sampled_from(IDS), st.builds(Timed, seconds, seconds, st.just(0.5))),
    st.none() | st.tuples(st.integers(0, DURATION_MS), st.none() | st.integers(DURATION_MS, 20_000)),
)
def test_every_promise_is_kept_whatever_the_tool_says(
    times: dict[str, Timed], manual: tuple[int, int | None] | None
) -> None:
    lyrics = LYRICS if manual is None else with_manual(*manual)
    karaoke = document(times, lyrics)
    assert invariants(karaoke, lyrics) == []
    assert manual is None or spans(karaoke)[1][0] == manual[0]
