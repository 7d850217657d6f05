"""docs/events.md: the text of events.md here, with the tables and sections that follow from the catalogue."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from aik_events.documents.asyncapi import senders
from aik_events.documents.described import Described, in_one_line
from aik_events.documents.headers import HEADERS, OPTIONAL
from aik_events.topics import Topic

EXAMPLE = "track.separated"
"""The event whose whole record is shown."""


def page(events: Sequence[Described], topics: Sequence[Topic]) -> str:
    text = files("aik_events.documents").joinpath("events.md").read_text("utf-8")
    shown = next(one for one in events if one.event.TYPE == EXAMPLE and one.is_newest)
    parts = {
        "headers": _table(("header", "when", "meaning"), _headers()),
        "topics": _table(("topic", "key", "partitions", "what it is"), _topics(topics)),
        "services": _table(("who", "appends", "reads"), _services(events, topics)),
        "record": "\n".join(f"{name}: {value}" for name, value in shown.headers.items()),
        "contents": "\n".join(_contents(events, topics)),
        "events": "\n\n".join(_section(one) for one in events if one.is_newest),
        "values": "\n\n".join(_value(name, schema) for name, schema in _values(events)),
    }
    return Template(text).substitute(parts)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _headers() -> Iterator[Sequence[str]]:
    for name, schema in HEADERS.items():
        always = f"always `{schema['const']}`" if "const" in schema else "always"
        yield f"`{name}`", "sometimes" if name in OPTIONAL else always, schema["description"]


def _topics(topics: Sequence[Topic]) -> Iterator[Sequence[str]]:
    for topic in topics:
        yield f"`{topic.name}`", topic.key, str(topic.partitions), topic.about


def _services(events: Sequence[Described], topics: Sequence[Topic]) -> Iterator[Sequence[str]]:
    everybody = dict.fromkeys(who for topic in topics for who in (*senders(topic, events), *topic.readers))
    for service in everybody:
        said = [_link(one) for one in events if one.is_newest and service in one.event.SAID_BY]
        read = [f"`{topic.name}`" for topic in topics if service in topic.readers]
        yield service, ", ".join(said), ", ".join(read)


def _contents(events: Sequence[Described], topics: Sequence[Topic]) -> Iterator[str]:
    for topic in topics:
        said = [_link(one) for one in events if one.is_newest and topic.name == one.event.TOPIC]
        if said:
            yield f"- `{topic.name}`: {', '.join(said)}"


def _link(one: Described) -> str:
    return f"[{one.event.TYPE}](#{one.event.TYPE.replace('.', '')})"


def _section(one: Described) -> str:
    said = ", ".join(one.event.SAID_BY)
    where = ", ".join(f"`{topic}`" for topic in one.event.topics())
    versions = "1" if one.version == 1 else f"{one.version}; older ones are read as this one"
    fields = list(_fields(one.schema))
    table = (
        _table(("field", "type", "", "meaning"), iter(fields)) if fields else "It has no fields: its headers say all."
    )
    example = json.dumps(one.value, indent=2, ensure_ascii=False)
    about = f"By {said}, on {where}. Version {versions}."
    return f"### {one.event.TYPE}\n\n{one.about}\n\n{about}\n\n{table}\n\n```json\n{example}\n```"


def _values(events: Sequence[Described]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(
        {name: s for one in events if one.is_newest for name, s in one.schema.get("$defs", {}).items()}.items()
    )


def _value(name: str, schema: Mapping[str, Any]) -> str:
    table = _table(("field", "type", "", "meaning"), _fields(schema))
    return f"### {name}\n\n{in_one_line(schema['description'])}\n\n{table}"


def _fields(schema: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for name, field in schema["properties"].items():
        needed = "required" if name in schema.get("required", ()) else _default(field)
        yield f"`{name}`", type_of(field), needed, in_one_line(field.get("description", ""))


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "optional" if default is None else f"`{json.dumps(default)}` if left out"


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema of a field in words: `list of string`, `[Artefact](#artefact) or null`, `time`."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rsplit("/", 1)[-1]
            return f"[{name}](#{name.lower()})"
        case {"anyOf": choices}:
            return " or ".join(type_of(one) for one in choices)
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {type_of(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"{type_of(values)} by name"
        case {"format": "date-time"}:
            return "time (RFC 3339)"
    return str(schema.get("type", "anything"))
