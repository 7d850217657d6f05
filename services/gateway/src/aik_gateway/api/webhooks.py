"""Webhook secrets: made, rotated, and told about."""

from fastapi import APIRouter

from aik_gateway.api.once import OnceOnly
from aik_gateway.api.replies import SecretBody, SecretDatesBody, SecretsBody
from aik_gateway.api.wiring import ClientId, Parts

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post("/secret/rotate", status_code=201)
async def rotate_secret(client: ClientId, gateway: Parts, once: OnceOnly) -> SecretBody:
    """The first secret or the next one; the one before signs as well for 24 hours."""
    return SecretBody(secret=await once.made(lambda connection: gateway.secrets.rotated(connection, client)))


@router.get("/secret")
async def get_secrets(client: ClientId, gateway: Parts) -> SecretsBody:
    """When the secrets that sign now were made; never the secrets themselves."""
    found = await gateway.secrets.dates(client)
    return SecretsBody(secrets=[SecretDatesBody(created_at=one.created_at, retires_at=one.retires_at) for one in found])
