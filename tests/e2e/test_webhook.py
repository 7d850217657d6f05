"""The webhook of a published track: signed, and true."""

import json

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.e2e.conftest import Published
from tests.e2e.receiver import Delivery


def of_version_1(published: Published) -> Delivery:
    """The webhook that the import caused; edits in other tests cause more."""
    return published.receiver.wait_for(1, within_s=30)[0]


def test_track_ready_is_delivered_and_its_signature_verifies(published: Published) -> None:
    delivery = of_version_1(published)
    body = Webhook(published.secret).verify(delivery.body, dict(delivery.headers))
    assert body == json.loads(delivery.body)
    assert body["type"] == "track.ready"
    data = body["data"]
    assert (data["trackId"], data["jobId"], data["version"]) == (published.track_id, published.job["jobId"], 1)
    assert (data["clientId"], data["title"], data["qc"]["verdict"]) == ("e2e", "Slow Motion Dream", "pass")


def test_another_secret_does_not_verify_it(published: Published) -> None:
    delivery = of_version_1(published)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(delivery.body, dict(delivery.headers))
