"""Cursors: opaque, exact, and never a reason to break."""

from datetime import UTC, datetime

import pytest
from aik_gateway.problems import Problem
from aik_gateway.readmodel.paging import Page, Place, page_of, place_of

PLACE = Place(datetime(2026, 11, 24, 12, 0, 0, 123457, tzinfo=UTC), "trk_0198c5a-b_c")
LIST = "tracks"
CURSOR = PLACE.cursor(LIST)


def test_a_cursor_names_the_place_that_it_was_made_of() -> None:
    assert place_of(PLACE.cursor(LIST), LIST) == PLACE
    assert place_of(None, LIST) is None
    assert set(PLACE.cursor(LIST)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "cursor", ["", "x", "~", "é", "AAAA", "MS4", CURSOR + "A", CURSOR[1:], "OTk5LmE", "dHJhY2tzLjk5OS4A"]
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        place_of(cursor, LIST)
    assert (refused.value.code, refused.value.status) == ("cursor-invalid", 422)


@pytest.mark.parametrize("of", ["", "track", "tracks.1", "versions of trk_1", "versions of trk_2.3"])
def test_a_cursor_of_another_list_is_refused(of: str) -> None:
    for cursor, asked in ((CURSOR, of), (PLACE.cursor(of), LIST)):
        with pytest.raises(Problem, match="cursor-invalid"):
            place_of(cursor, asked)


@pytest.mark.parametrize("id", ["trk_1", "-1", "9" * 19])
def test_what_is_no_number_is_no_place_among_numbers(id: str) -> None:
    with pytest.raises(Problem):
        assert Place(PLACE.created_at, id).number
    assert Place(PLACE.created_at, "12").number == 12


def test_there_is_a_next_page_when_there_is_more() -> None:
    def place(item: str) -> Place:
        return Place(PLACE.created_at, item)

    assert page_of(["c", "b", "a"], 2, place) == Page(["c", "b"], place("b"))
    assert page_of(["c", "b"], 2, place) == Page(["c", "b"], None)
    assert page_of([], 2, place) == Page([], None)
