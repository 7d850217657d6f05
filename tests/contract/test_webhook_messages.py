"""The webhooks in the OpenAPI document: whole, and what is really sent."""

import json
from typing import Any

import jsonschema_rs
import pytest
from aik_events.catalogue import WebhookTestRequested
from aik_events.messages import Kind, Message, message_of, message_of_test
from aik_gateway.api.app import contract
from aik_notifier.signing import signed_headers
from aik_notifier.testing.story import DAY, Song

CONTRACT = contract()
WEBHOOKS = CONTRACT["webhooks"]
SONG = Song()
FAR = "https://aik.example.com"


def messages() -> list[Message]:
    """One of every kind; more lines are changed than are named."""
    stories = [SONG.to_published(), [SONG.imported(), SONG.failed()], [*SONG.to_published(), SONG.edited(lines=250)]]
    made = [message_of(story[-1], SONG.folded(*story)) for story in stories]
    made.append(message_of_test(WebhookTestRequested(meta=SONG.meta("test", 9), url=f"{FAR}/hook")))
    return [one for one in made if one is not None]


def body(kind: str) -> dict[str, Any]:
    described: dict[str, Any] = WEBHOOKS[kind]["post"]["requestBody"]["content"]["application/json"]
    return described


def closed(node: Any) -> Any:
    """The schemas with no field more than they name."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    more = {"additionalProperties": False} if node.get("type") == "object" and "properties" in node else {}
    return {**{name: closed(each) for name, each in node.items()}, **more}


CLOSED = closed({"schemas": CONTRACT["components"]["schemas"]})


def test_every_kind_of_message_is_described() -> None:
    assert set(WEBHOOKS) == {kind.value for kind in Kind} == {one.kind for one in messages()}


@pytest.mark.parametrize("message", messages(), ids=lambda one: one.kind)
def test_what_is_sent_has_the_fields_that_are_described_and_no_others(message: Message) -> None:
    schema = {**body(message.kind)["schema"], "components": CLOSED}
    sent = json.loads(message.body(FAR))
    jsonschema_rs.validate(schema, sent)
    jsonschema_rs.validate(schema, body(message.kind)["example"])
    for name in sent["data"]:
        less = {**sent, "data": {other: value for other, value in sent["data"].items() if other != name}}
        assert not jsonschema_rs.is_valid(schema, less), name


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_a_webhook_has_its_own_headers_and_nothing_of_our_routes(kind: str) -> None:
    operation = WEBHOOKS[kind]["post"]
    headers = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "header"}
    signed = signed_headers("msg_1", "{}", ["whsec_" + "A" * 32], DAY)
    assert headers == {**dict.fromkeys(signed, True), "traceparent": False}
    assert all(one["description"] and one["schema"]["type"] == "string" for one in operation["parameters"])
    assert "security" not in operation
    assert {status: set(answer) for status, answer in operation["responses"].items()} == {
        status: {"description"} for status in ("204", "410", "default")
    }


def test_a_webhook_has_a_name_of_its_own() -> None:
    names = [one["post"]["operationId"] for one in WEBHOOKS.values()]
    of_routes = {one["operationId"] for item in CONTRACT["paths"].values() for one in item.values()}
    assert len(set(names)) == len(names)
    assert of_routes.isdisjoint(names)
