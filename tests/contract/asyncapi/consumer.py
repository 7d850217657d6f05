"""A consumer that knows docs/asyncapi.json and nothing else of AIK: `consumer.py DOCUMENT BOOTSTRAP` prints the log.

One line of JSON for each record that there is now: its channel, its message and what is in it; or what is wrong.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from jsonschema_rs import Validator, validator_for


class Message:
    """A message of the document; headers are texts, the payload is JSON if its content type says so."""

    def __init__(self, document: Mapping[str, Any], reference: str) -> None:
        described = resolved(document, reference)
        self.name = described["name"]
        self.schema_uri = described["headers"]["properties"].get("ce_dataschema", {}).get("const")
        self._is_json = described["contentType"] == "application/json"
        self._headers = validator(document, described["headers"])
        self._payload = validator(document, described["payload"])

    def read(self, headers: Mapping[str, str], value: bytes) -> dict[str, Any]:
        payload = json.loads(value) if self._is_json else value.hex()
        wrong = [*problems("headers", self._headers, headers), *problems("payload", self._payload, payload)]
        return {"message": self.name, "headers": headers, "payload": payload, "wrong": wrong}


def resolved(document: Any, reference: str) -> Any:
    """What a reference points at."""
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def validator(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Validator:
    return validator_for({**schema, "components": document["components"]}, validate_formats=True)


def problems(where: str, validator: Validator, value: Any) -> Iterator[str]:
    for error in validator.iter_errors(value):
        yield f"{where}{''.join(f'.{part}' for part in error.instance_path)}: {error.message}"


class Log:
    """The channels of the document, each with its messages by the schema that a record names."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.messages = {
            channel["address"]: {
                message.schema_uri: message
                for one in channel["messages"].values()
                for message in [Message(document, one["$ref"])]
            }
            for channel in document["channels"].values()
        }

    def read(self, record: ConsumerRecord) -> dict[str, Any]:
        at = {"channel": record.topic, "key": (record.key or b"").decode()}
        headers = {name: value.decode() for name, value in record.headers}
        known = self.messages[record.topic]
        message = known.get(headers.get("ce_dataschema")) or known.get(None)
        if message is None:
            return {**at, "message": None, "wrong": ["the document has no such message"]}
        return {**at, **message.read(headers, record.value or b"")}


async def records(document: Mapping[str, Any], bootstrap: str) -> AsyncIterator[ConsumerRecord]:
    """Everything that is in the channels now."""
    kafka = [channel["bindings"]["kafka"] for channel in document["channels"].values()]
    partitions = [TopicPartition(one["topic"], number) for one in kafka for number in range(one["partitions"])]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(one) < end for one, end in ends.items()]):
            for found in (await consumer.getmany(timeout_ms=200)).values():
                for record in found:
                    yield record
    finally:
        await consumer.stop()


async def main(file: Path, bootstrap: str) -> None:
    document = json.loads(file.read_text("utf-8"))
    log = Log(document)
    async for record in records(document, bootstrap):
        try:
            line = log.read(record)
        except ValueError as error:
            line = {"channel": record.topic, "message": None, "wrong": [str(error)]}
        print(json.dumps(line))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
