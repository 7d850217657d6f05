"""The form of a webhook secret."""

from base64 import b64decode

from aik_gateway.private.secrets import new_secret


def test_a_secret_is_of_the_form_that_standard_webhooks_demands() -> None:
    prefix, key = new_secret()[:6], b64decode(new_secret()[6:], validate=True)
    assert prefix == "whsec_"
    assert 24 <= len(key) <= 64


def test_no_two_secrets_are_the_same() -> None:
    assert new_secret() != new_secret()
