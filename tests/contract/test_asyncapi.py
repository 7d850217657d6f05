"""The AsyncAPI document: up to date, whole, true of every record, and enough to write a consumer from."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aik_events.catalogue import CATALOGUE
from aik_events.cli.asyncapi import documents
from aik_events.envelope import headers_of, value_of
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.examples import examples

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMAS = ROOT / "libs" / "aik_events" / "schemas"
GOLDEN = Path(__file__).parent / "golden"
CONSUMER = Path(__file__).parent / "asyncapi" / "consumer.py"
DOCUMENT: dict[str, Any] = json.loads((DOCS / "asyncapi.json").read_text("utf-8"))
SHARED = {"components": {"schemas": DOCUMENT["components"]["schemas"]}}
MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]
RECORDS = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(GOLDEN.iterdir())}


def refused(schema: dict[str, Any], value: Any) -> list[str]:
    """What the schema has against the value, which may have no field that is not described."""
    validator = jsonschema_rs.validator_for(closed({**schema, **SHARED}))
    return [error.message for error in validator.iter_errors(value)]


def closed(node: Any) -> Any:
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    more = {"unevaluatedProperties": False} if node.get("type") == "object" and "properties" in node else {}
    return {**{name: closed(each) for name, each in node.items()}, **more}


@pytest.mark.parametrize("name", ["asyncapi.json", "events.md"])
def test_the_committed_documents_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == documents(SCHEMAS, GOLDEN)[name], "run make asyncapi"


def test_every_version_of_every_event_is_described() -> None:
    versions = {f"{reading.event.TYPE}.v{reading.version}" for reading in CATALOGUE.readings}
    assert MESSAGES.keys() == RECORDS.keys() | {"dead-letter"} == versions | {"dead-letter"}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_the_headers_and_fields_that_are_described_and_no_others(name: str) -> None:
    message, record = MESSAGES[name], RECORDS[name]
    value = json.loads(record["value"])
    assert refused(message["headers"], record["headers"]) == []
    assert refused(message["payload"], value) == []
    assert message["examples"] == [{"name": name, "headers": record["headers"], "payload": value}]


def test_the_headers_that_are_described_are_those_that_are_written() -> None:
    written = {name for event in examples() for name in headers_of(event)}
    assert DOCUMENT["components"]["schemas"]["Headers"]["properties"].keys() == written


@pytest.mark.parametrize("name", RECORDS)
def test_no_header_that_is_required_may_be_left_out(name: str) -> None:
    validator = jsonschema_rs.validator_for({**MESSAGES[name]["headers"], **SHARED})
    headers = RECORDS[name]["headers"]
    less = {one: {name: text for name, text in headers.items() if name != one} for one in headers}
    free = {one for one, others in less.items() if validator.is_valid(others)}
    assert free == headers.keys() & {"aik_causationid", "traceparent"}


def test_every_message_lies_in_a_channel_and_every_event_of_today_is_sent_by_somebody() -> None:
    in_channels = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    sent = {one["$ref"].rsplit("/", 1)[1] for op in DOCUMENT["operations"].values() for one in op.get("messages", ())}
    assert in_channels == MESSAGES.keys()
    assert sent == {f"{event.TYPE}.v{event.VERSION}" for event in CATALOGUE.events} | {"dead-letter"}


def test_every_reference_has_a_target() -> None:
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT))):
        target: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_the_consumer_imports_nothing_of_ours() -> None:
    imported = re.findall(r"^\s*(?:from|import) (\w+)", CONSUMER.read_text("utf-8"), re.MULTILINE)
    assert set(imported) == {"asyncio", "json", "sys", "collections", "pathlib", "typing", "aiokafka", "jsonschema_rs"}


async def test_a_consumer_that_knows_the_document_alone_reads_every_event(kafka: str) -> None:
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id="contract")
    for event in examples():
        await log.append(event)
    await log.close()
    expected = {
        event.type: {
            "channel": event.TOPIC,
            "key": event.meta.subject,
            "message": event.type,
            "headers": {name: value.decode() for name, value in headers_of(event).items()},
            "payload": json.loads(value_of(event)),
            "wrong": [],
        }
        for event in examples()
    }
    assert consumed(kafka) == expected


def consumed(kafka: str) -> dict[str, dict[str, Any]]:
    """What the consumer printed of these events; there may be others in the topics, of other tests."""
    command = [sys.executable, str(CONSUMER), str(DOCS / "asyncapi.json"), kafka]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 (ours)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    ours = {(event.type, event.meta.id) for event in examples()}
    headers = [(line, line.get("headers", {})) for line in lines]
    return {one["ce_type"]: line for line, one in headers if (one.get("ce_type"), one.get("ce_id")) in ours}
