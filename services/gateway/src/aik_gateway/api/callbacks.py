"""Which callback URLs a client may name."""

from aik_gateway.api.wiring import Gateway
from aik_gateway.callback import check_callback
from aik_gateway.problems import Problem


async def check_callable(gateway: Gateway, client: str, url: str) -> None:
    """It can be called, and what is sent there can be signed. Raises Problem."""
    check_callback(url, gateway.settings.webhook_allowed_networks)
    if not await gateway.secrets.dates(client):
        raise Problem("webhook-secret-missing", "Make one first: POST /v1/webhooks/secret/rotate.")
