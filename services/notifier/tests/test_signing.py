"""Signatures, checked by the package that receivers use."""

import json
from datetime import UTC, datetime

import pytest
from aik_notifier.signing import signed_headers
from standardwebhooks import Webhook, WebhookVerificationError

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = json.dumps({"type": "track.ready", "data": {"title": "Сон"}}, ensure_ascii=False)


def headers(*secrets: str) -> dict[str, str]:
    return signed_headers("msg_1", BODY, secrets, datetime.now(UTC))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_verify_while_a_rotated_one_is_valid(secret: str) -> None:
    assert Webhook(secret).verify(BODY.encode(), headers(NEW, OLD)) == json.loads(BODY)


def test_a_retired_secret_does_not_verify() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, headers(NEW))


def test_the_signature_is_that_of_the_specification() -> None:
    now = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
    assert signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', [OLD], now) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
