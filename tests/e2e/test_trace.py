"""One trace tells of a song from the request that imported it to the webhook that told its client."""

from collections.abc import Sequence

import pytest

from tests.e2e.browser import Browser
from tests.e2e.conftest import Published
from tests.tracing.collector import Collector
from tests.tracing.tree import Span, tree, walk

STEPS = ["separate", "transcribe", "align", "check", "publish"]


@pytest.fixture(scope="module")
def trace(published: Published, collector: Collector) -> Sequence[Span]:
    webhook = published.receiver.wait_for(1, within_s=30)[0]
    trace_id = webhook.headers["traceparent"].split("-")[1]
    return collector.trace(trace_id, until="webhook track.ready", within_s=30)


def test_it_begins_with_the_import_below_which_each_step_waits_and_works(trace: Sequence[Span]) -> None:
    [[root], below] = [[span for span, at in walk(trace) if at == depth] for depth in (0, 1)]
    assert root.name == "POST /v1/tracks/import", "\n".join(tree(trace))
    of_the_api = [span.name for span in below if span.service == root.service]
    of_the_steps = [span.name for span in below if span.service != root.service]
    assert of_the_api == ["append track.imported", "verdict"], "\n".join(tree(trace))
    assert of_the_steps == [f"{what} {step}" for step in STEPS for what in ("queue", "step")], "\n".join(tree(trace))


def test_it_ends_with_the_webhook_below_the_step_that_published(trace: Sequence[Span]) -> None:
    children = {span.name: names_below(trace, span) for span in trace}
    assert children["step publish"][-2:] == ["queue webhook track.ready", "webhook track.ready"]
    assert children["webhook track.ready"] == ["POST"]


def test_starting_the_engine_fetching_computing_and_storing_are_told_apart(trace: Sequence[Span]) -> None:
    for step in STEPS:
        [work] = [span for span in trace if span.name == f"step {step}"]
        assert names_below(trace, work)[:4] == ["get engine", "get inputs", "compute", "put outputs"]


def test_every_service_tells_its_part_and_nothing_failed(trace: Sequence[Span]) -> None:
    services = ["gateway-api", "separator", "asr", "aligner", "qc", "publisher", "notifier"]
    assert {span.service for span in trace} == {f"aik-{service}" for service in services}
    assert [span.name for span in trace if span.is_failed] == []


def test_probes_which_come_every_few_seconds_are_no_spans(collector: Collector, browser: Browser) -> None:
    probe, later = (browser.get(path).headers["traceparent"].split("-")[1] for path in ("/readyz", "/v1/tracks"))
    assert collector.trace(later, until="GET /v1/tracks", within_s=30)
    assert not [span for span in collector.spans if span.trace_id == probe]


def names_below(trace: Sequence[Span], parent: Span) -> list[str]:
    children = sorted((span for span in trace if span.parent == parent.id), key=lambda span: span.began_ns)
    return [span.name for span in children]
