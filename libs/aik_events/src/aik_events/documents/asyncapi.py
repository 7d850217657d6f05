"""The AsyncAPI 3.0 document: channels with their Kafka bindings, who sends and receives, and where the messages are."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

from aik_events.documents.described import Described
from aik_events.documents.headers import headers_schema
from aik_events.documents.messages import BINDING, DEAD_LETTER, dead_letter, message, shared_schemas
from aik_events.topics import ASSETS, DEAD_LETTERS, PROGRESS, STEP_SERVICES, TRACKS, WEBHOOKS, Topic

FOLDED = (ASSETS, TRACKS, WEBHOOKS)
"""Whoever reads one of these holds what does not decode, and copies it to the dead letters."""
DESCRIPTION = """\
Every event of AIK, as a record of Kafka: CloudEvents 1.0 in binary mode, the value is JSON and all else is in headers.

Each channel is a topic. A record's key is the id of what it is about, and all records of one key are in one partition,
in the order in which they were appended. Which message a record is, `ce_dataschema` says. Readers ignore headers and
fields that they do not know. The same `ce_id` again is the same event.

docs/events.md says the same to people. Both are generated from the catalogue in libs/aik_events.
"""


def document(events: Sequence[Described], topics: Sequence[Topic]) -> dict[str, Any]:
    """Of these events on these topics; the operations are those of all services, each tagged with its own."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:aik:events",
        "info": {
            "title": "AIK events",
            "version": version("aik-events"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic, events) for topic in topics},
        "operations": dict(_operations(events, topics)),
        "components": {
            "messages": {**{one.name: message(one) for one in events}, DEAD_LETTER: dead_letter()},
            "schemas": {"Headers": headers_schema(), **shared_schemas(events)},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Any Apache Kafka; services find it by AIK_KAFKA.",
        "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "Bootstrap server, host:port."}},
    }


def _channel(topic: Topic, events: Sequence[Described]) -> dict[str, Any]:
    names = [DEAD_LETTER] if topic.name == DEAD_LETTERS else [one.name for one in events if topic.name in _where(one)]
    return {
        "address": topic.name,
        "description": f"{topic.about} The key is the {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _configuration(topic),
                **BINDING,
            }
        },
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    return {
        name: [value] if name == "cleanup.policy" else int(value) if value.lstrip("-").isdigit() else value
        for name, value in topic.config.items()
    }


def _operations(events: Sequence[Described], topics: Sequence[Topic]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each service sends, in its newest version, and which topics it receives whole."""
    for topic in topics:
        for service in senders(topic, events):
            said = [one.name for one in events if one.is_newest and topic.name in _where(one) and _says(service, one)]
            operation = _operation("send", service, topic)
            messages = said or [DEAD_LETTER]
            operation["messages"] = [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in messages]
            yield f"{service}.send.{topic.name}", operation
        for service in topic.readers:
            yield f"{service}.receive.{topic.name}", _operation("receive", service, topic)


def _operation(action: str, service: str, topic: Topic) -> dict[str, Any]:
    does = "appends to" if action == "send" else "reads"
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"The {service} {does} {topic.name}.",
        "tags": [{"name": service}],
    }
    if action == "receive" and topic.name in FOLDED:
        group = {"type": "string", "pattern": rf"^aik-{service}\.{service}_v[0-9]+$"}
        operation["bindings"] = {"kafka": {"groupId": group, **BINDING}}
    if action == "receive" and topic.name == PROGRESS:
        operation["description"] = "Every process of its api reads all of it, without a group."
    return operation


def senders(topic: Topic, events: Sequence[Described]) -> list[str]:
    """The services that append to this topic; whoever folds copies to the dead letters."""
    if topic.name == DEAD_LETTERS:
        return ["gateway", *STEP_SERVICES, "notifier"]
    return list(dict.fromkeys(who for one in events if topic.name in _where(one) for who in one.event.SAID_BY))


def _where(one: Described) -> tuple[str, ...]:
    return one.event.topics()


def _says(service: str, one: Described) -> bool:
    return service in one.event.SAID_BY
