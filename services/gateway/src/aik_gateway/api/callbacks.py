"""Which callback URLs a client may name; the notifier checks again what a name resolves to."""

from aik_service.callback_url import AddressRefused, AddressRules

from aik_gateway.api.wiring import Gateway
from aik_gateway.problems import Problem


async def check_callable(gateway: Gateway, client: str, url: str) -> None:
    """It can be called, and what is sent there can be signed. Raises Problem."""
    check_callback(url, gateway.settings.address_rules())
    if not await gateway.secrets.dates(client):
        raise Problem("webhook-secret-missing", "Make one first: POST /v1/webhooks/secret/rotate.")


def check_callback(url: str, rules: AddressRules) -> None:
    """Refuses what could never be called. Raises Problem."""
    try:
        rules.check_url(url)
    except AddressRefused as error:
        raise Problem("callback-url-invalid", str(error)) from error
