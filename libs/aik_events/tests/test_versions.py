"""Old versions of an event are read as its newest one, in a catalogue that is made up for it."""

import json
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from aik_events.catalogue import CATALOGUE, EVENTS, Catalogue
from aik_events.envelope import Partition, Record, Undecodable, decode, headers_of, value_of
from aik_events.event import Event, Upcaster
from aik_events.testing.minting import Minter


def in_ms(value: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had seconds."""
    return {"title": value["title"], "lengthMs": round(value["lengthS"] * 1000)}


def with_singers(value: dict[str, Any]) -> dict[str, Any]:
    """Version 2 knew one singer, in brackets behind the title."""
    title, _, singer = value["title"].partition(" (")
    return {**value, "title": title, "singers": [singer.removesuffix(")")] if singer else []}


class SongMeasured(Event):
    TYPE = "song.measured"
    VERSION = 3
    TOPIC: ClassVar[str] = "songs"
    UPCASTERS: ClassVar[tuple[Upcaster, ...]] = (in_ms, with_singers)

    title: str
    length_ms: int
    singers: tuple[str, ...]


META = Minter("sng_1", client="client-1", traceparent=None).meta()
SONGS = Catalogue([SongMeasured])
QUIET_RIVER = SongMeasured(meta=META, title="Quiet River", length_ms=61_500, singers=("Ann",))


def record(version: int, **value: Any) -> Record:
    """As a writer of that version left it."""
    headers = {**headers_of(QUIET_RIVER), "ce_dataschema": f"urn:aik:schema:song.measured:{version}".encode()}
    return Record(Partition("songs", 0), 0, b"sng_1", json.dumps(value).encode(), headers)


@pytest.mark.parametrize(
    "record",
    [
        record(1, title="Quiet River (Ann)", lengthS=61.5),
        record(2, title="Quiet River (Ann)", lengthMs=61_500),
        record(3, title="Quiet River", lengthMs=61_500, singers=["Ann"]),
    ],
    ids=["v1", "v2", "v3"],
)
def test_every_version_is_read_as_the_newest(record: Record) -> None:
    assert decode(record, SONGS) == QUIET_RIVER


def test_what_was_read_from_an_old_version_is_written_in_the_newest() -> None:
    event = decode(record(1, title="Quiet River (Ann)", lengthS=61.5), SONGS)
    assert value_of(event) == b'{"title":"Quiet River","lengthMs":61500,"singers":["Ann"]}'
    assert headers_of(event)["ce_dataschema"] == b"urn:aik:schema:song.measured:3"


@pytest.mark.parametrize("version", [0, 4])
def test_a_version_that_no_chain_leads_from_does_not_decode(version: int) -> None:
    with pytest.raises(Undecodable, match=f"song.measured with schema urn:aik:schema:song.measured:{version} is not"):
        decode(record(version, title="Quiet River", lengthMs=61_500, singers=[]), SONGS)


def test_a_version_whose_upcaster_is_missing_does_not_decode() -> None:
    class Shortened(SongMeasured):
        UPCASTERS = (with_singers,)

    assert [str(reading) for reading in Catalogue([Shortened]).readings] == ["song.measured v2", "song.measured v3"]
    with pytest.raises(Undecodable, match="not in the catalogue"):
        decode(record(1, title="Quiet River (Ann)", lengthS=61.5), Catalogue([Shortened]))


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"title": "Quiet River"}, "KeyError('lengthS')"),
        ({"title": "Quiet River", "lengthS": None}, 'TypeError("unsupported operand type(s)'),
        ({"title": 7, "lengthS": 1}, "AttributeError("),
        ({"title": "Quiet River", "lengthS": 1e400}, "OverflowError("),
    ],
)
def test_what_an_upcaster_stumbles_on_is_undecodable(value: dict[str, Any], error: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(record(1, **value), SONGS)
    assert str(caught.value).startswith(f"song.measured v1 can't be brought to version 3: {error}")


def test_the_value_of_an_old_version_cannot_speak_for_the_headers() -> None:
    old = record(2, title="Quiet River (Ann)", lengthMs=61_500, meta={"id": "another"})
    assert decode(old, SONGS) == QUIET_RIVER


def test_an_old_version_under_another_events_name_is_undecodable() -> None:
    old = record(1, title="Quiet River (Ann)", lengthS=61.5)
    with pytest.raises(Undecodable, match="not in the catalogue"):
        decode(replace(old, headers={**old.headers, "ce_type": b"song.renamed"}), SONGS)


def test_a_type_is_in_the_catalogue_once() -> None:
    """Its older versions are its upcasters."""
    assert len({event.TYPE for event in EVENTS}) == len(EVENTS)
    assert [reading.version for reading in CATALOGUE.readings] == [
        version for event in EVENTS for version in range(1, event.VERSION + 1)
    ]
