"""The documents of a made-up catalogue in which an event has an older version."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aik_events.catalogue import Catalogue
from aik_events.contract.schemas import file_name, text_of
from aik_events.documents.asyncapi import document
from aik_events.documents.described import Described, NotDescribed, described
from aik_events.documents.page import page, type_of
from aik_events.event import Event, Frozen, Upcaster
from aik_events.testing.golden import golden_of
from aik_events.testing.minting import Minter
from aik_events.topics import Topic


class Length(Frozen):
    """How long it is."""

    ms: int
    """In ms."""


class SongMeasured(Event):
    """Somebody measured
    a song."""

    TYPE = "track.separated"
    VERSION = 2
    TOPIC: ClassVar[str] = "songs"
    SAID_BY: ClassVar[tuple[str, ...]] = ("meter",)
    UPCASTERS: ClassVar[tuple[Upcaster, ...]] = (lambda old: {"length": {"ms": old["length"]["s"] * 1000}},)

    length: Length


SONGS = Catalogue([SongMeasured])
TOPICS = [Topic("songs", "song id", 2, {"retention.ms": "-1", "cleanup.policy": "delete"}, ("singer",), about="Songs.")]
EVENT = SongMeasured(meta=Minter("sng_1", client="client-1", traceparent=None).meta(), length=Length(ms=2000))
OLD_SCHEMA: dict[str, Any] = {
    "$id": "urn:aik:schema:track.separated:1",
    "$defs": {"Length": {"type": "object", "properties": {"s": {"type": "integer"}}, "title": "Length"}},
    "properties": {"length": {"$ref": "#/$defs/Length"}},
    "type": "object",
}


@pytest.fixture
def events(tmp_path: Path) -> list[Described]:
    """Of both versions, from files as they are checked in."""
    golden = json.loads(golden_of(EVENT))
    headers = {**golden["headers"], "ce_dataschema": "urn:aik:schema:track.separated:1"}
    old = {**golden, "headers": headers, "value": '{"length": {"s": 2}}'}
    for version, schema, example in ((1, OLD_SCHEMA, old), (2, SongMeasured.json_schema(), golden)):
        for kind, content in (("schemas", schema), ("golden", example)):
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / kind / file_name("track.separated", version)).write_text(text_of(content))
    return described(SONGS, tmp_path / "schemas", tmp_path / "golden")


def test_an_older_version_is_a_message_with_its_own_shapes_that_nobody_sends(events: list[Described]) -> None:
    told = document(events, TOPICS)
    messages = told["components"]["messages"]
    assert told["channels"]["songs"] == {
        "address": "songs",
        "description": "Songs. The key is the song id.",
        "messages": {
            "track.separated.v1": {"$ref": "#/components/messages/track.separated.v1"},
            "track.separated.v2": {"$ref": "#/components/messages/track.separated.v2"},
        },
        "bindings": {
            "kafka": {
                "topic": "songs",
                "partitions": 2,
                "topicConfiguration": {"retention.ms": -1, "cleanup.policy": ["delete"]},
                "bindingVersion": "0.5.0",
            }
        },
    }
    sent = told["operations"]["meter.send.songs"]["messages"]
    assert sent == [{"$ref": "#/channels/songs/messages/track.separated.v2"}]
    assert list(told["operations"]) == ["meter.send.songs", "singer.receive.songs"]
    assert messages["track.separated.v1"]["payload"] == {
        "properties": {"length": {"$ref": "#/components/schemas/Length.track.separated.v1"}},
        "type": "object",
    }
    assert messages["track.separated.v1"]["examples"][0]["payload"] == {"length": {"s": 2}}
    assert messages["track.separated.v1"]["headers"]["properties"] == {
        "ce_type": {"const": "track.separated"},
        "ce_dataschema": {"const": "urn:aik:schema:track.separated:1"},
    }
    assert messages["track.separated.v2"]["summary"] == "Somebody measured a song."
    assert messages["track.separated.v1"]["summary"] == (
        "Somebody measured a song. An older version: nobody appends it any more, but it is in the log."
    )
    assert told["components"]["schemas"]["Length"] == {
        "description": "How long it is.",
        "properties": {"ms": {"description": "In ms.", "type": "integer"}},
        "required": ["ms"],
        "type": "object",
    }
    assert told["components"]["schemas"]["Length.track.separated.v1"]["properties"] == {"s": {"type": "integer"}}


def test_a_page_has_a_section_for_the_newest_version(events: list[Described]) -> None:
    text = page(events, TOPICS)
    section = """\
### track.separated

Somebody measured a song.

By meter, on `songs`. Version 2; older ones are read as this one.

| field | type |  | meaning |
| --- | --- | --- | --- |
| `length` | [Length](#length) | required |  |

```json
{
  "length": {
    "ms": 2000
  }
}
```
"""
    assert section in text
    assert "| meter | [track.separated](#trackseparated) |  |\n| singer |  | `songs` |" in text


def test_what_has_no_golden_bytes_yet_is_not_described(events: list[Described], tmp_path: Path) -> None:
    (tmp_path / "golden" / "track.separated.v1.json").unlink()
    with pytest.raises(NotDescribed, match=r"^track\.separated v1 is not in both .*schemas and .*golden$"):
        described(SONGS, tmp_path / "schemas", tmp_path / "golden")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "time (RFC 3339)"),
        ({"type": "string", "enum": ["a", "b"]}, "`a` or `b`"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"type": "array", "items": {"$ref": "#/$defs/Qc"}}, "list of [Qc](#qc)"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "number by name"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({}, "anything"),
    ],
)
def test_a_type_is_told_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_of(schema) == words
