"""Deliveries and endpoints as a client sees them; what was tried, the log tells."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aik_events.catalogue import (
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookEndpointDisabled,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.catalogue.webhooks import WebhookEvent
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.ids import endpoint_id
from aik_events.log.memory import MemoryLog
from aik_events.messages import message_of, message_of_test
from aik_events.topics import WEBHOOKS
from aik_gateway.readmodel import lists

from tests.pipeline.delivery_rounds import ROUNDS, events_of
from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack
from tests.pipeline.stack import meta

HOOK = "http://127.0.0.1:9/hook"
ENDPOINT = endpoint_id("cli", HOOK)


@pytest.fixture
async def client(gateway: GatewayStack) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.api() as made:
        assert (await made.post("/v1/webhooks/secret/rotate")).status_code == 201
        yield made


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@dataclass
class Notifier:
    """Tells the log what became of one delivery, as the notifier does."""

    gateway: GatewayStack
    delivery: dict[str, Any]
    event_id: str

    async def tell(self, event: type[WebhookEvent], **about: Any) -> None:
        known = {"url": HOOK, "delivery_id": self.delivery["deliveryId"], "kind": self.delivery["type"]}
        answer = {"track_id": self.delivery["trackId"], "attempt": 1, "status": 500, "latency_ms": 12, "body": "oops"}
        about_it = meta(ENDPOINT).model_copy(update={"causation_id": await self._opened_by()})
        fact = event.model_validate({"meta": about_it, **known, **answer, "error": "status 500", **about})
        await self.gateway.log.append(fact)
        await self.gateway.until_folded()

    async def _opened_by(self) -> str:
        """The newest request to send it again, or the event that it tells."""
        asked = [e.meta.id for e in await webhook_events(self.gateway) if isinstance(e, WebhookRedeliveryRequested)]
        return asked[-1] if asked else self.event_id


async def published(gateway: GatewayStack, client: httpx.AsyncClient) -> tuple[Song, Notifier]:
    song = await imported(gateway, client)
    await client.patch(f"/v1/tracks/{song.track_id}", json={"callbackUrl": HOOK})
    await song.publish()
    return song, Notifier(gateway, await only(client, trackId=song.track_id), (await song.events())[-1].meta.id)


async def only(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await client.get("/v1/webhooks/deliveries", params=query)
    [delivery] = answer.json()["items"]
    return dict(delivery)


async def webhook_events(gateway: GatewayStack) -> list[Event]:
    assert isinstance(gateway.log, MemoryLog)
    return [decode(r) for r in gateway.log.slice_of(gateway.log.partition_of(WEBHOOKS, ENDPOINT), 0)]


async def test_a_delivery_shows_what_is_sent_to_the_last_byte(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song, notifier = await published(gateway, client)
    event = (await song.events())[-1]
    message = message_of(event, (await song.author()).state)
    assert message is not None
    assert notifier.delivery == {
        "deliveryId": message.id,
        "type": "track.ready",
        "state": "pending",
        "trackId": song.track_id,
        "endpointId": ENDPOINT,
        "createdAt": notifier.delivery["createdAt"],
        "request": {"url": HOOK, "body": message.body("http://127.0.0.1:8080")},
        "attempts": [],
    }
    assert datetime.fromisoformat(notifier.delivery["createdAt"]) == event.meta.time


async def test_each_try_is_shown_with_what_came_back(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    _, notifier = await published(gateway, client)
    await notifier.tell(WebhookAttemptFailed, retry_in_ms=5000)
    failed = await only(client)
    [attempt] = failed["attempts"]
    assert (failed["state"], attempt["attempt"], attempt["status"], attempt["error"]) == (
        "pending",
        1,
        500,
        "status 500",
    )
    assert (attempt["latencyMs"], attempt["body"]) == (12, "oops")
    wait = datetime.fromisoformat(attempt["retryAt"]) - datetime.fromisoformat(attempt["time"])
    assert wait == timedelta(seconds=5)
    await notifier.tell(WebhookDelivered, attempt=2, status=204, body="")
    delivered = await only(client, state="delivered")
    assert [(one["attempt"], one["status"], one["error"]) for one in delivered["attempts"]] == [
        (2, 204, None),
        (1, 500, "status 500"),
    ]


async def states(client: httpx.AsyncClient) -> dict[str, int]:
    """How many deliveries are found in each state."""
    found = {}
    for state in ("pending", "waiting", "delivered", "exhausted", "withdrawn"):
        answer = await client.get("/v1/webhooks/deliveries", params={"state": state})
        found[state] = len(answer.json()["items"])
    return {state: count for state, count in found.items() if count}


async def test_a_page_of_a_state_looks_at_so_many_deliveries_and_the_next_one_goes_on(
    gateway: GatewayStack, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SCANNED", 2)
    notifiers = [(await published(gateway, client))[1] for _ in range(4)]
    oldest = (await client.get("/v1/webhooks/deliveries")).json()["items"][-1]
    [notifier] = [one for one in notifiers if one.delivery == oldest]
    await notifier.tell(WebhookDelivered, status=204, body="")
    found, cursor = [], None
    for _ in range(3):
        query = {"state": "delivered", **({} if cursor is None else {"cursor": cursor})}
        page = (await client.get("/v1/webhooks/deliveries", params=query)).json()
        found.append([item["deliveryId"] for item in page["items"]])
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert found == [[], [oldest["deliveryId"]], []]


async def test_the_state_of_a_delivery_follows_from_what_the_log_says(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    _, notifier = await published(gateway, client)
    assert await states(client) == {"pending": 1}
    await notifier.tell(WebhookExhausted)
    assert await states(client) == {"exhausted": 1}
    await notifier.tell(WebhookAttemptFailed, retry_in_ms=1)
    assert await states(client) == {"exhausted": 1}
    await client.post(f"/v1/webhooks/deliveries/{notifier.delivery['deliveryId']}/redeliver")
    assert await states(client) == {"pending": 1}
    await notifier.tell(WebhookEndpointDisabled, reason="gone")
    assert await states(client) == {"waiting": 1}
    await client.post(f"/v1/webhooks/endpoints/{ENDPOINT}/enable")
    assert await states(client) == {"pending": 1}
    await notifier.tell(WebhookDelivered)
    await notifier.tell(WebhookExhausted)
    assert await states(client) == {"delivered": 1}
    await client.delete(f"/v1/tracks/{notifier.delivery['trackId']}")
    assert await states(client) == {"delivered": 1}


@pytest.mark.parametrize("story", ROUNDS)
async def test_only_the_newest_request_decides_what_a_delivery_came_to(
    gateway: GatewayStack, client: httpx.AsyncClient, story: str
) -> None:
    told, outcome = ROUNDS[story]
    song, notifier = await published(gateway, client)
    caused = meta(ENDPOINT).model_copy(update={"causation_id": (await song.events())[-1].meta.id})
    delivery_id = notifier.delivery["deliveryId"]
    about = {"url": HOOK, "delivery_id": delivery_id, "kind": "track.ready", "track_id": song.track_id}
    for event in events_of(told, caused, about):
        await gateway.log.append(event)
    await gateway.until_folded()
    assert await states(client) == {outcome or "pending": 1}


async def test_a_redelivery_is_one_event_of_the_endpoint(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song, notifier = await published(gateway, client)
    delivery_id = notifier.delivery["deliveryId"]
    await notifier.tell(WebhookDelivered, status=200)
    answer = await client.post(f"/v1/webhooks/deliveries/{delivery_id}/redeliver")
    assert (answer.status_code, answer.json()) == (202, {"deliveryId": delivery_id})
    event = (await webhook_events(gateway))[-1]
    assert isinstance(event, WebhookRedeliveryRequested)
    assert (event.meta.subject, event.meta.client_id) == (ENDPOINT, "cli")
    assert (event.delivery_id, event.kind, event.url, event.track_id) == (
        delivery_id,
        "track.ready",
        HOOK,
        song.track_id,
    )


async def test_a_test_event_is_a_delivery_about_no_track(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/webhooks/test", json={"url": HOOK})
    event = (await webhook_events(gateway))[-1]
    assert isinstance(event, WebhookTestRequested)
    message = message_of_test(event)
    assert (answer.status_code, answer.json()) == (202, {"deliveryId": message.id})
    found = await only(client)
    assert (found["deliveryId"], found["type"], found["trackId"]) == (message.id, "webhook.test", None)
    assert found["request"] == {"url": HOOK, "body": message.body("http://127.0.0.1:8080")}
    assert summary(await client.post("/v1/webhooks/test", json={"url": "ftp://x"})) == (422, "callback-url-invalid")
    async with gateway.api("without-secret") as other:
        refused = await other.post("/v1/webhooks/test", json={"url": HOOK})
    assert summary(refused) == (409, "webhook-secret-missing")


async def test_an_endpoint_tells_how_it_goes_and_is_enabled_again(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    _, notifier = await published(gateway, client)
    await notifier.tell(WebhookAttemptFailed, retry_in_ms=5000)
    [endpoint] = (await client.get("/v1/webhooks/endpoints")).json()["items"]
    assert (endpoint["endpointId"], endpoint["url"], endpoint["state"]) == (ENDPOINT, HOOK, "failing")
    assert endpoint["failingSince"] is not None
    await notifier.tell(WebhookEndpointDisabled, reason="gone")
    [endpoint] = (await client.get("/v1/webhooks/endpoints", params={"state": "disabled"})).json()["items"]
    assert (endpoint["state"], endpoint["disabledReason"]) == ("disabled", "gone")
    enabled = await client.post(f"/v1/webhooks/endpoints/{ENDPOINT}/enable")
    assert (enabled.status_code, enabled.json()["state"], enabled.json()["failingSince"]) == (200, "healthy", None)
    [endpoint] = (await client.get("/v1/webhooks/endpoints", params={"state": "healthy"})).json()["items"]
    assert endpoint == enabled.json()
    assert endpoint["healthyAt"] is None, "it has not answered yet"
    await notifier.tell(WebhookDelivered)
    [endpoint] = (await client.get("/v1/webhooks/endpoints")).json()["items"]
    assert datetime.fromisoformat(endpoint["healthyAt"]) <= datetime.now(UTC)


async def test_another_clients_deliveries_and_endpoints_are_not_there(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    _, notifier = await published(gateway, client)
    await notifier.tell(WebhookDelivered)
    paths = {
        f"/v1/webhooks/deliveries/{notifier.delivery['deliveryId']}/redeliver": "unknown-delivery",
        f"/v1/webhooks/endpoints/{ENDPOINT}/enable": "unknown-endpoint",
    }
    before = len(await webhook_events(gateway))
    async with gateway.api("other") as other:
        for path, code in paths.items():
            assert summary(await other.post(path)) == (404, code)
    assert summary(await client.post("/v1/webhooks/deliveries/%00/redeliver")) == (404, "unknown-delivery")
    assert summary(await client.post(f"/v1/webhooks/endpoints/{'0' * 36}/enable")) == (404, "unknown-endpoint")
    assert len(await webhook_events(gateway)) == before


async def test_deliveries_come_in_pages(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    sent = [(await client.post("/v1/webhooks/test", json={"url": HOOK})).json()["deliveryId"] for _ in range(3)][::-1]
    first = (await client.get("/v1/webhooks/deliveries", params={"limit": 2})).json()
    second = (await client.get("/v1/webhooks/deliveries", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [one["deliveryId"] for one in first["items"]] == sent[:2]
    assert ([one["deliveryId"] for one in second["items"]], second["nextCursor"]) == (sent[2:], None)
