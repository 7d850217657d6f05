"""A song's voice in pieces that a model hears at once."""

from aik_audio.pieces import PIECE_S, pieces
from aik_audio.voice import Region


def test_pieces_are_short_enough_and_have_every_region_once() -> None:
    regions = [Region(start, start + 9.0) for start in range(10, 110, 10)]
    found = list(pieces(regions))
    assert [len(spans) for spans in found] == [3, 3, 3, 1]
    assert max(sum(span.length for span in spans) for spans in found) <= PIECE_S


def test_regions_that_meet_share_the_silence_between_them() -> None:
    [[first, second]] = pieces([Region(0.05, 2.0), Region(2.1, 3.0)])
    assert (first, second) == (Region(0.0, 2.05), Region(2.05, 3.15))


def test_where_there_is_no_voice_there_are_no_pieces() -> None:
    assert list(pieces([])) == []
