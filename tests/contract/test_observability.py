"""Rules and dashboards speak of what the code really exports, and every alert is explained and tested."""

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
OPERATIONS = "docs/operations.md"
NAME = re.compile(r"\baik[_:][a-z0-9_:]+")
SEVERITIES = {"critical", "warning", "info"}


def rules(kind: str) -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text()) for path in sorted((PROMETHEUS / "rules").glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"] if kind in rule]


ALERTS = rules("alert")
RECORDED = {rule["record"] for rule in rules("record")}


def queries() -> Iterator[tuple[str, str]]:
    """Where each is, and what it asks."""
    for rule in [*ALERTS, *rules("record")]:
        yield rule.get("alert") or rule["record"], rule["expr"]
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
