"""docker-compose.yml says the same as the code: which processes run, with which settings."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import yaml

from tests.contract.settings import variables

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_every_process_of_the_suite_is_started() -> None:
    assert {entry.name for entry in entry_points(group="aik.processes")} <= SERVICES.keys()


def test_every_setting_is_one_that_a_service_reads() -> None:
    found = {name for service in SERVICES.values() for name in service.get("environment", ())}
    assert {name for name in found if name.startswith("AIK_")} <= variables()


def test_each_of_our_containers_has_a_read_only_root_and_its_own_secrets_alone() -> None:
    for name, service in SERVICES.items():
        if not service["image"].startswith("aik-"):
            continue
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:10001", ["ALL"]), name
        [secrets] = [each for each in service["volumes"] if isinstance(each, dict) and each.get("source") == "secrets"]
        assert secrets["volume"]["subpath"] in {"gateway", "step", "notifier"}, name


def test_what_waits_for_another_waits_for_one_that_there_is() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= SERVICES.keys()
