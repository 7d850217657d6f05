"""Answers with presigned URLs belong to the network that asked."""

import pytest

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack


@pytest.mark.parametrize("what", ["ready", "assets"])
async def test_what_is_known_at_one_address_is_not_known_at_another(gateway: GatewayStack, what: str) -> None:
    """Else a phone that has changed its network would go on with URLs that don't serve it any more."""
    async with gateway.api(peer="203.0.113.7") as home, gateway.api(peer="198.51.100.1") as away:
        song = await imported(gateway, home)
        await song.publish()
        path = f"/v1/tracks/{song.track_id}/{what}"
        known = {"If-None-Match": (await home.get(path)).headers["etag"]}
        assert (await home.get(path, headers=known)).status_code == 304
        assert (await away.get(path, headers=known)).status_code == 200


async def test_addresses_of_one_home_are_one_caller(gateway: GatewayStack) -> None:
    async with gateway.api(peer="2001:db8:1:2::3") as one, gateway.api(peer="2001:db8:1:2:4:5:6:7") as other:
        song = await imported(gateway, one)
        await song.publish()
        path = f"/v1/tracks/{song.track_id}/ready"
        known = {"If-None-Match": (await one.get(path)).headers["etag"]}
        assert (await other.get(path, headers=known)).status_code == 304
