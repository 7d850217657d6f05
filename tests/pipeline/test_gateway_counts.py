"""What the gateway counts of jobs and URLs."""

from ipaddress import IPv4Network

import httpx
from aik_events.testing.author import Author
from aik_gateway.presigning import OwnSigner, Presigner, Unbound
from aik_gateway.readmodel.open_jobs import OpenJobs
from prometheus_client import REGISTRY

from tests.pipeline.gateway_stack import NOWHERE, GatewayStack

CALLER = IPv4Network("127.0.0.1/32")


async def test_open_jobs_are_counted_where_they_are(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    waits, runs, aligns, done, failed = [Author(f"trk_{number}") for number in range(5)]
    for event in (
        waits.imported(),
        *(runs.imported(), runs.step_started("separate")),
        *(aligns.imported(lyrics=True), *aligns.went_through("separate")),
        *(done.imported(), *done.published()),
        *(failed.imported(), failed.failed("separate")),
    ):
        await gateway.log.append(event)
    async with gateway.projecting():
        await gateway.until_folded()
        counts = await OpenJobs(gateway.database).count()
    assert {place: jobs for place, jobs in counts.items() if jobs} == {
        ("queued", "separate"): 1,
        ("running", "separate"): 1,
        ("running", "align"): 1,
    }
    assert len(counts) == 10, "every pair is told"


async def test_each_url_that_is_given_away_is_counted() -> None:
    presigner = Presigner(Unbound(OwnSigner(NOWHERE)))

    def counted(action: str) -> float:
        return REGISTRY.get_sample_value("aik_presigned_urls_total", {"action": action}) or 0

    uploads, downloads = counted("upload"), counted("download")
    await presigner.parts("assets/1", "multipart", range(1, 4), 60, CALLER)
    await presigner.downloads({f"tracks/{n}": None for n in range(7)}, 60, CALLER)
    assert (counted("upload"), counted("download")) == (uploads + 3, downloads + 7)
