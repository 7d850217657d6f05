"""Webhooks: their secrets, what was delivered and what not, and the endpoints that they go to."""

from typing import Annotated

from aik_events.catalogue import WebhookEndpointEnabled, WebhookRedeliveryRequested, WebhookTestRequested
from aik_events.ids import endpoint_id as endpoint_of
from aik_events.messages import message_of_test
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from aik_gateway.api.answers import UNAVAILABLE, late
from aik_gateway.api.bodies import WebhookTestRequest
from aik_gateway.api.callbacks import check_callable
from aik_gateway.api.described import problems
from aik_gateway.api.once import OnceOnly
from aik_gateway.api.pages import PAGE, Cursor, Limit
from aik_gateway.api.replies import (
    DeliveriesBody,
    DeliveryAsked,
    EndpointBody,
    EndpointsBody,
    SecretBody,
    SecretDatesBody,
    SecretsBody,
)
from aik_gateway.api.views import delivery_body, endpoint_body
from aik_gateway.api.wiring import ClientId, Parts
from aik_gateway.commands import minted
from aik_gateway.readmodel.lists import Asked, DeliveryState, EndpointState
from aik_gateway.readmodel.paging import place_of

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

DELIVERIES, ENDPOINTS = "deliveries", "endpoints"

TrackId = Annotated[
    str | None, Query(alias="trackId", pattern=r"^[a-z]{3}_[A-Za-z0-9]{1,64}$", description="only of this track")
]


@router.post("/secret/rotate", status_code=201)
async def rotate_secret(client: ClientId, gateway: Parts, once: OnceOnly) -> SecretBody:
    """The first secret or the next one; the one before signs as well for 24 hours."""
    return SecretBody(secret=await once.made(lambda connection: gateway.secrets.rotated(connection, client)))


@router.get("/secret")
async def get_secrets(client: ClientId, gateway: Parts) -> SecretsBody:
    """When the secrets that sign now were made; never the secrets themselves."""
    found = await gateway.secrets.dates(client)
    return SecretsBody(secrets=[SecretDatesBody(created_at=one.created_at, retires_at=one.retires_at) for one in found])


@router.get("/deliveries", responses=problems("cursor-invalid"))
async def list_deliveries(
    client: ClientId,
    gateway: Parts,
    limit: Limit = PAGE,
    cursor: Cursor = None,
    state: DeliveryState | None = None,
    track_id: TrackId = None,
) -> DeliveriesBody:
    """What was sent and what will be, with what came back; those of deleted tracks as well."""
    asked = Asked(limit, place_of(cursor, DELIVERIES), state)
    async with gateway.read_model.snapshot(client) as reads:
        page = await reads.deliveries(asked, track_id)
    items = [delivery_body(one, gateway.settings.public_url) for one in page.items]
    return DeliveriesBody(items=items, next_cursor=page.cursor(DELIVERIES))


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    response_model=DeliveryAsked,
    responses=problems("unknown-delivery", "deleted"),
)
async def redeliver(delivery_id: str, client: ClientId, gateway: Parts, once: OnceOnly) -> DeliveryAsked | JSONResponse:
    """The same message once more, under the same `webhook-id`; its tries begin again."""

    async def build() -> WebhookRedeliveryRequested:
        async with gateway.read_model.snapshot(client) as reads:
            row = await reads.delivery(delivery_id)
            if row.track_id is not None:
                await reads.track(row.track_id)
        meta = minted(client, row.endpoint_id)
        return WebhookRedeliveryRequested(
            meta=meta, url=row.url, delivery_id=row.id, kind=row.kind, track_id=row.track_id
        )

    event = await once.event(build)
    if not await gateway.commands.send(event, deliveryId=event.delivery_id):
        return late(deliveryId=event.delivery_id)
    return DeliveryAsked(delivery_id=event.delivery_id)


@router.post(
    "/test",
    status_code=202,
    response_model=DeliveryAsked,
    responses=problems("callback-url-invalid", "webhook-secret-missing"),
)
async def send_test_webhook(
    body: WebhookTestRequest, client: ClientId, gateway: Parts, once: OnceOnly
) -> DeliveryAsked | JSONResponse:
    """A `webhook.test` is sent there, signed like any other."""

    async def build() -> WebhookTestRequested:
        await check_callable(gateway, client, body.url)
        return WebhookTestRequested(meta=minted(client, endpoint_of(client, body.url)), url=body.url)

    event = await once.event(build)
    delivery_id = message_of_test(event).id
    if not await gateway.commands.send(event, deliveryId=delivery_id):
        return late(deliveryId=delivery_id)
    return DeliveryAsked(delivery_id=delivery_id)


@router.get("/endpoints", responses=problems("cursor-invalid"))
async def list_endpoints(
    client: ClientId, gateway: Parts, limit: Limit = PAGE, cursor: Cursor = None, state: EndpointState | None = None
) -> EndpointsBody:
    """The URLs that webhooks were sent to, and how that goes."""
    asked = Asked(limit, place_of(cursor, ENDPOINTS), state)
    async with gateway.read_model.snapshot(client) as reads:
        page = await reads.endpoints(asked)
    return EndpointsBody(items=[endpoint_body(row) for row in page.items], next_cursor=page.cursor(ENDPOINTS))


@router.post(
    "/endpoints/{endpoint_id}/enable",
    response_model=EndpointBody,
    responses=problems("unknown-endpoint"),
)
async def enable_endpoint(
    endpoint_id: str, client: ClientId, gateway: Parts, once: OnceOnly
) -> EndpointBody | JSONResponse:
    """It is called again, with what waits for it; its failures are forgotten."""

    async def build() -> WebhookEndpointEnabled:
        async with gateway.read_model.snapshot(client) as reads:
            row = await reads.endpoint(endpoint_id)
        return WebhookEndpointEnabled(meta=minted(client, row.id), url=row.url)

    event = await once.event(build)
    if not await gateway.commands.send(event, endpointId=event.meta.subject):
        return late(endpointId=event.meta.subject)
    try:
        async with gateway.read_model.snapshot(client) as reads:
            return endpoint_body(await reads.endpoint(event.meta.subject))
    except UNAVAILABLE:
        # It has happened all the same.
        return late(endpointId=event.meta.subject)
