"""Events as records, and records that are no events."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aik_events.catalogue import EVENTS, TrackAligned, TrackSeparated, UnfamiliarResult
from aik_events.envelope import Partition, Record, Undecodable, decode, headers_of, value_of
from aik_events.event import Event, Meta
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from pydantic import ValidationError

AT = Partition("aik.tracks", 3)


def record_of(event: Event) -> Record:
    return Record(AT, 7, event.meta.subject.encode(), value_of(event), headers_of(event))


def with_headers(record: Record, **headers: bytes | None) -> Record:
    """These headers set, those with None left out."""
    changed = {**record.headers, **headers}
    return replace(record, headers={name: value for name, value in changed.items() if value is not None})


@pytest.fixture
def imported() -> Record:
    return record_of(Author().imported())


def test_there_is_an_example_of_every_event() -> None:
    assert {type(event) for event in examples()} == set(EVENTS)


@pytest.mark.parametrize("event", examples(), ids=lambda event: event.type)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    assert decode(record_of(event)) == event


def test_an_event_in_headers_is_a_cloud_event() -> None:
    author = Author(traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    imported = author.imported()
    event = author.finished("separate")
    assert headers_of(event) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": event.meta.id.encode(),
        "ce_source": b"aik/separate",
        "ce_type": b"track.separated",
        "ce_time": b"2026-01-01T12:00:02.000Z",
        "ce_subject": b"trk_1",
        "ce_dataschema": b"urn:aik:schema:track.separated:1",
        "aik_clientid": b"client-1",
        "aik_causationid": imported.meta.id.encode(),
        "traceparent": b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "aik_step": b"separate",
    }


def test_fields_that_are_not_known_are_ignored(imported: Record) -> None:
    value = imported.value.replace(b"{", b'{"new": {"deep": [1]}, ', 1)
    assert decode(replace(imported, value=value)) == decode(imported)


def test_headers_that_are_not_known_are_ignored(imported: Record) -> None:
    assert decode(with_headers(imported, ce_new=b"x")) == decode(imported)


def test_the_value_cannot_speak_for_the_headers(imported: Record) -> None:
    value = imported.value.replace(b"{", b'{"meta": {"id": "another"}, "name": "another", ', 1)
    assert decode(replace(imported, value=value)) == decode(imported)


def test_the_result_of_an_unknown_step_is_read_by_its_shape_and_written_under_its_name() -> None:
    event = Author().finished("find-key")
    assert isinstance(event, UnfamiliarResult)
    record = with_headers(record_of(event), ce_dataschema=b"urn:aik:schema:track.find-key_finished:4")
    assert (decode(record), event.type) == (event, "track.find-key_finished")


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_id": None},
        {"ce_type": None},
        {"ce_time": None},
        {"ce_subject": None},
        {"ce_source": None},
        {"ce_dataschema": None},
        {"aik_clientid": None},
        {"ce_time": b"yesterday"},
        {"ce_time": b"2026-01-01T12:00:00"},
        {"ce_subject": b"trk_2"},
        {"ce_id": b"\xff"},
        {"ce_type": b"track.renamed"},
        {"ce_type": b"track.\x00", "aik_step": b"find-key"},
        {"ce_type": b"track.deleted"},
        {"ce_dataschema": b"urn:aik:schema:track.imported:2"},
    ],
)
def test_wrong_headers_are_undecodable(imported: Record, headers: dict[str, bytes | None]) -> None:
    with pytest.raises(Undecodable):
        decode(with_headers(imported, **headers))


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"{", b"\xff", b"{}", b'{"jobId": 1}', b"[" * 100_000])
def test_wrong_values_are_undecodable(imported: Record, value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(replace(imported, value=value))


def test_a_newer_version_of_a_known_result_is_undecodable() -> None:
    record = with_headers(record_of(Author().finished("align")), ce_dataschema=b"urn:aik:schema:track.aligned:2")
    with pytest.raises(Undecodable, match=r"track\.aligned"):
        decode(record)


def test_an_unknown_event_that_is_no_result_is_undecodable(imported: Record) -> None:
    headers = {"ce_type": b"track.starred", "ce_dataschema": b"urn:aik:schema:track.starred:1"}
    with pytest.raises(Undecodable, match="not in the catalogue"):
        decode(with_headers(imported, **headers))


def test_what_json_cannot_say_is_refused_where_it_is_made() -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValidationError, match="finite"):
            Author().finished("align", coverage=number)


def test_a_time_without_a_zone_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValidationError):
        Meta(id="1", subject="trk_1", time=datetime(2026, 1, 1), source="aik/test", client_id="c")
    assert Meta(id="1", subject="s", time=datetime(2026, 1, 1, tzinfo=UTC), source="a", client_id="c").time.tzinfo


def test_results_are_known_by_their_own_classes() -> None:
    author = Author()
    author.imported(lyrics=True)
    decoded = [decode(record_of(author.finished(step))) for step in ("separate", "align")]
    assert [type(event) for event in decoded] == [TrackSeparated, TrackAligned]


def test_a_nul_is_refused_and_the_letters_that_spell_one_are_not(imported: Record) -> None:
    """Postgres stores no NUL: one that got into the log must stand where it can be seen, not stop a service."""
    with pytest.raises(Undecodable, match="NUL"):
        decode(replace(imported, value=imported.value.replace(b'"title":', rb'"artist":"a\u0000b","title":')))
    decode(replace(imported, value=imported.value.replace(b'"title":', rb'"artist":"a\\u0000b","title":')))


@pytest.mark.parametrize("id", [b"", b"a\0b", b"two\nlines", b"x" * 201])
def test_an_id_that_databases_and_channels_can_not_carry_is_refused(imported: Record, id: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(with_headers(imported, ce_id=id))


def test_a_trace_that_nobody_can_follow_is_none(imported: Record) -> None:
    assert decode(with_headers(imported, traceparent=b"abc")).meta.traceparent is None
