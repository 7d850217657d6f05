"""Golden bytes: events as they were first written. `python -m aik_events.testing.golden FOLDER` adds missing ones."""

import json
import sys
from pathlib import Path

from aik_events.contract.schemas import file_name
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.testing.examples import examples


def golden_of(event: Event) -> str:
    """The record's key, headers and value, each as the text that its bytes are."""
    record = {
        "key": event.meta.subject,
        "headers": {name: value.decode() for name, value in headers_of(event).items()},
        "value": value_of(event).decode(),
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def record_of(golden: str, topic: str) -> Record:
    parts = json.loads(golden)
    headers = {name: value.encode() for name, value in parts["headers"].items()}
    return Record(Partition(topic, 0), 0, parts["key"].encode(), parts["value"].encode(), headers)


def write_missing(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for event in examples():
        file = folder / file_name(event.type, event.VERSION)
        if not file.exists():
            file.write_text(golden_of(event), "utf-8")


if __name__ == "__main__":
    write_missing(Path(sys.argv[1]))
