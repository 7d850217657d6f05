"""Rules and dashboards speak of what the code really exports, and every alert is explained and tested."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.exported_metrics import exported

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "observability" / "prometheus"
GRAFANA = ROOT / "observability" / "grafana"
OPERATIONS = "docs/operations.md"
NAME = re.compile(r"\baik[_:][a-z0-9_:]+")
SCREEN = 24
"""Columns of a dashboard."""
SEVERITIES = {"critical", "warning", "info"}


def rules(kind: str) -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text()) for path in sorted((PROMETHEUS / "rules").glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"] if kind in rule]


ALERTS = rules("alert")
RECORDED = {rule["record"] for rule in rules("record")}


DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}


def shown() -> Iterator[tuple[str, str]]:
    """What dashboards ask."""
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            yield from ((panel["title"], target["expr"]) for target in panel["targets"])
        yield from ((each["name"], each["definition"]) for each in dashboard["templating"]["list"])


def queries() -> Iterator[tuple[str, str]]:
    """Where each is, and what it asks."""
    for rule in [*ALERTS, *rules("record")]:
        yield rule.get("alert") or rule["record"], rule["expr"]
    yield from shown()
    for path in sorted((ROOT / "k8s").rglob("scaled-objects.yaml")):
        for scaled in yaml.safe_load_all(path.read_text()):
            for trigger in scaled["spec"]["triggers"]:
                yield scaled["metadata"]["name"], trigger["metadata"]["query"]


def anchors() -> set[str]:
    headings = re.findall(r"^#+ (.+)$", (ROOT / OPERATIONS).read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_query_names_metrics_that_are_exported_or_recorded() -> None:
    known = {series for metric in exported().values() for series in metric.series} | RECORDED
    unknown = {(where, name) for where, query in queries() for name in NAME.findall(query) if name not in known}
    assert unknown == set()


def test_every_label_that_a_query_selects_or_sums_by_is_one_of_its_metrics() -> None:
    labels = {label for metric in exported().values() for label in metric.labels} | {"le", "job", "instance"}
    labels |= {"alertname", "alertstate"}
    for where, query in queries():
        grouped = re.findall(r"\b(?:by|on) \(([^)]*)\)", query)
        selected = re.findall(r'(\w+)\s*(?:=~|!=|!~|=)\s*"', query)
        named = {name.strip() for group in grouped for name in group.split(",") if name.strip()} | set(selected)
        assert named <= labels, where


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_it_is_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["annotations"]["summary"].endswith(".")
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert page == OPERATIONS
    assert anchor == alert["alert"].lower()
    assert anchor in anchors()


def test_every_alert_has_a_test_in_which_it_fires_and_is_silent_before_and_after() -> None:
    tests = [
        test for path in (PROMETHEUS / "tests").glob("*.yml") for test in yaml.safe_load(path.read_text())["tests"]
    ]
    for test in tests:
        fires = [bool(look.get("exp_alerts")) for look in test["alert_rule_test"]]
        assert fires == [False, True, False], test["name"]
        assert {look["alertname"] for look in test["alert_rule_test"]} == {test["name"]}
    assert sorted(test["name"] for test in tests) == sorted(alert["alert"] for alert in ALERTS)


def test_compose_scrapes_every_process_by_the_name_that_a_cluster_gives_it() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job["dns_sd_configs"][0]["names"] for job in config["scrape_configs"]}
    processes = {entry.name for entry in entry_points(group="aik.processes")}
    assert jobs == {f"aik-{name}": [name] for name in processes}
    assert processes <= yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].keys()


def test_there_are_four_dashboards() -> None:
    assert {name: dashboard["title"] for name, dashboard in DASHBOARDS.items()} == {
        "suite": "AIK Suite",
        "steps": "AIK Steps",
        "log": "AIK Log and projections",
        "webhooks": "AIK Webhooks",
    }
    assert {dashboard["uid"] for dashboard in DASHBOARDS.values()} == {f"aik-{name}" for name in DASHBOARDS}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_ask_the_source_that_is_provisioned_and_cover_no_other(name: str) -> None:
    [source] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    cells: list[tuple[int, int]] = []
    for panel in DASHBOARDS[name]["panels"]:
        assert {each["datasource"]["uid"] for each in [panel, *panel["targets"]]} == {source["uid"]}
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= SCREEN
        rows, columns = range(place["y"], place["y"] + place["h"]), range(place["x"], place["x"] + place["w"])
        cells += [(row, column) for row in rows for column in columns]
    assert len(cells) == len(set(cells))
    ids = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert len(ids) == len(set(ids))


def test_every_metric_is_on_a_dashboard() -> None:
    """In its own name, or in that of a rule that is recorded from it."""
    recorded = {rule["record"]: rule["expr"] for rule in rules("record")}
    asked = {name for _, query in shown() for name in NAME.findall(query)}
    asked |= {name for record in asked & recorded.keys() for name in NAME.findall(recorded[record])}
    assert {metric.name for metric in exported().values() if not metric.series & asked} == set()


def test_compose_mounts_what_is_provisioned_where_it_is_looked_for() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/aik.yml").read_text())["providers"]
    volumes = [volume for name in ("prometheus", "grafana") for volume in services[name]["volumes"]]
    mounted = [volume.split(":")[:2] for volume in volumes if isinstance(volume, str)]
    local = {target: source for source, target in mounted if source.startswith("./")}
    assert local[provider["options"]["path"]] == "./observability/grafana/dashboards"
    assert all((ROOT / source).is_dir() for source in local.values())
    assert services["prometheus"]["profiles"] == services["grafana"]["profiles"] == ["observability"]


def test_grafana_is_told_where_each_of_its_sources_is() -> None:
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    files = [yaml.safe_load(path.read_text()) for path in (GRAFANA / "provisioning/datasources").glob("*.yml")]
    urls = {source["uid"]: source["url"].strip("${}") for each in files for source in each["datasources"]}
    assert urls == {"prometheus": "PROMETHEUS_URL", "jaeger": "JAEGER_URL"}
    assert set(urls.values()) <= grafana["environment"].keys()
