"""Which callback URLs are accepted at all; the notifier checks again what a name resolves to."""

from aik_service.callback_url import AddressRefused, AddressRules

from aik_gateway.problems import Problem


def check_callback(url: str, rules: AddressRules) -> None:
    """Refuses what could never be called. Raises Problem."""
    try:
        rules.check_url(url)
    except AddressRefused as error:
        raise Problem("callback-url-invalid", str(error)) from error
