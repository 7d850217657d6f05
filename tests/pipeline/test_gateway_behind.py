"""A read model that is behind the log is not asked what there isn't; an outage never hides the ids of a command."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from aik_events.log import LogUnavailable, Start
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import inbox_of
from aik_service.objects.memory import MemoryObjects

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import Fading, GatewayStack, made_gateway


class ClosableLog(MemoryLog):
    """Nobody can read it while it is closed."""

    closed = False

    @asynccontextmanager
    async def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AsyncIterator[MemoryReader]:
        if self.closed:
            raise LogUnavailable
        async with super().read(topics, group=group, start=start) as reader:
            yield reader


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, ClosableLog(), MemoryObjects()) as made:
        yield made


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def ready(client: httpx.AsyncClient) -> tuple[int, str]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()["checks"]["read-model"]


UNKNOWN = ("/v1/tracks/trk_0", "/v1/jobs/job_0", "/v1/uploads/upl_0", "/v1/tracks/trk_0/lyrics")


async def test_before_a_projector_has_run_nothing_is_called_missing(gateway: GatewayStack) -> None:
    async with gateway.api() as client:
        assert await ready(client) == (503, "no projector has run yet")
        for path in UNKNOWN:
            answer = await client.get(path)
            assert summary(answer) == (503, "unavailable")
            assert "retry-after" in answer.headers
        async with gateway.projecting():
            await gateway.until_folded()
        assert await ready(client) == (200, "ok")
        assert [(await client.get(path)).status_code for path in UNKNOWN] == [404] * 4


async def test_a_new_schema_is_ready_when_it_has_passed_the_old_log(gateway: GatewayStack) -> None:
    async with gateway.projecting(), gateway.api() as client:
        song = await imported(gateway, client)
    await gateway.database.drop()
    await gateway.database.create(TABLES)
    await inbox_of(gateway.log, gateway.database).prepare()
    async with gateway.api() as client:
        assert await ready(client) == (503, "3 records of the log are not folded yet")
        assert summary(await client.get(f"/v1/tracks/{song.track_id}")) == (503, "unavailable")
        async with gateway.projecting():
            await gateway.until_folded()
        assert await ready(client) == (200, "ok")
        assert (await client.get(f"/v1/tracks/{song.track_id}")).status_code == 200


async def test_while_it_is_folded_again_nothing_is_called_missing(gateway: GatewayStack) -> None:
    async with gateway.projecting(), gateway.api() as client:
        song = await imported(gateway, client)
    await gateway.empty()
    async with gateway.api() as client:
        assert await ready(client) == (503, "3 records of the log are not folded yet")
        assert summary(await client.get(f"/v1/tracks/{song.track_id}")) == (503, "unavailable")


async def test_a_job_that_is_opened_is_told_even_when_its_rows_cannot_be_read(gateway: GatewayStack) -> None:
    async with gateway.projecting(), gateway.api() as client:
        song = await imported(gateway, client)
        await song.publish()
        async with gateway.api(read_model=Fading(gateway.database)) as fading:
            answer = await fading.post(f"/v1/tracks/{song.track_id}/reprocess", json={"steps": ["align"]})
        job = await client.get(f"/v1/jobs/{answer.json()['jobId']}")
    assert (answer.status_code, list(answer.json())) == (202, ["jobId"])
    assert (job.status_code, job.json()["trackId"]) == (200, song.track_id)


async def test_a_command_that_nobody_has_judged_yet_gives_its_ids(gateway: GatewayStack) -> None:
    async with gateway.projecting(), gateway.api() as client:
        song = await imported(gateway, client)
    async with gateway.api(wait_s=0.1) as client:
        answer = await client.post(f"/v1/jobs/{song.job_id}/cancel")
        assert (answer.status_code, answer.json()) == (202, {"jobId": song.job_id, "trackId": song.track_id})
        assert "retry-after" in answer.headers
        async with gateway.projecting():
            await gateway.until_folded()
        assert (await client.get(f"/v1/jobs/{song.job_id}")).json()["state"] == "canceled"
