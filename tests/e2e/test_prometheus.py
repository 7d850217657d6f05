"""Prometheus on the running suite: all is scraped, every rule evaluates, and an alert comes with its cause and goes."""

import os
import shutil
import signal
from collections.abc import Iterator

import httpx
import pytest
from aik_local.testing import Suite

from tests.contract.exported_metrics import exported
from tests.contract.test_observability import shown
from tests.e2e.conftest import Published, addresses, processes
from tests.e2e.prometheus import Prometheus, prometheus, until

PROGRAM = shutil.which("prometheus")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="prometheus is not here: Debian's package of that name has it")


@pytest.fixture(scope="module")
def scraping(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    at = addresses(suite)
    targets = {f"aik-{name}": at[name].removeprefix("http://") for name in processes(suite)}
    with prometheus(str(PROGRAM), tmp_path_factory.mktemp("prometheus"), targets) as made:
        until(lambda: _answers(made) and set(made.up().values()) == {"up"})
        yield made


def _answers(made: Prometheus) -> bool:
    try:
        return httpx.get(f"{made.address}/-/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_every_metric_has_been_told_after_one_song(scraping: Prometheus, published: Published) -> None:
    there_is_no_gpu = {name for name in exported() if name.startswith("aik_gpu_")}
    wanted = {metric.name: metric.series for metric in exported().values() if metric.name not in there_is_no_gpu}

    def missing() -> set[str]:
        names = set(scraping.get("label/__name__/values"))
        return {name for name, series in wanted.items() if not series <= names}

    until(lambda: missing() == set(), within_s=30)
    [finished] = scraping.get("query", query='aik_jobs_finished_total{outcome="succeeded"}')["result"]
    assert float(finished["value"][1]) >= 1
    speeds = scraping.get("query", query="aik_engine_realtime_ratio_count >= 1")["result"]
    assert {each["metric"]["step"] for each in speeds} == {"separate", "transcribe", "align", "check", "publish"}


def test_every_rule_and_every_query_of_a_dashboard_evaluates(scraping: Prometheus) -> None:
    until(lambda: all(rule["health"] != "unknown" for rule in scraping.rules()))
    assert {rule["name"]: rule.get("lastError") for rule in scraping.rules() if rule["health"] != "ok"} == {}
    for _, query in shown():
        if not query.startswith("label_values"):
            scraping.get("query", query=query.replace("$step", ".+"))


def test_a_projector_that_stands_still_is_told_until_it_goes_on(suite: Suite, scraping: Prometheus) -> None:
    told = {"AikProjectorStopped", "AikProcessDown"}
    until(lambda: not scraping.firing() & told)
    projector = processes(suite)["gateway-projector"]
    os.kill(projector, signal.SIGSTOP)
    try:
        until(lambda: scraping.firing() >= told)
    finally:
        os.kill(projector, signal.SIGCONT)
    until(lambda: not scraping.firing() & told)
