"""docker-compose.yml says the same as the code: which processes run, with which settings."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.settings import variables

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GPU: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose" / "gpu.yml").read_text())["services"]
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRETS_OF = {
    **dict.fromkeys(("gateway-api", "gateway-projector", "migrations"), "gateway"),
    **dict.fromkeys(("topics", "bucket"), "operator"),
    "roles": "owner",
}
"""Where that isn't the service's name."""


def test_every_process_of_the_suite_is_started() -> None:
    assert {entry.name for entry in entry_points(group="aik.processes")} <= SERVICES.keys()


def test_every_setting_is_one_that_a_service_reads() -> None:
    services = [*SERVICES.values(), *GPU.values()]
    found = {name for service in services for name in service.get("environment", ())}
    assert {name for name in found if name.startswith(("AIK_", "OTEL_"))} <= variables()


def test_each_of_our_containers_has_a_read_only_root_and_its_own_secrets_alone() -> None:
    for name, service in SERVICES.items():
        if not service["image"].startswith("aik-"):
            continue
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:10001", ["ALL"]), name
        [secrets] = [each for each in service["volumes"] if isinstance(each, dict) and each.get("source") == "secrets"]
        assert secrets["volume"]["subpath"] == SECRETS_OF.get(name, name), name


def test_whoever_makes_the_secrets_may_give_files_away_and_writes_nowhere_else() -> None:
    service = SERVICES["secrets"]
    assert (service["read_only"], service["network_mode"], service["cap_drop"]) == (True, "none", ["ALL"])
    assert service["cap_add"] == ["CHOWN", "DAC_OVERRIDE"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_traces_in_memory_have_a_bound() -> None:
    assert SERVICES["jaeger"]["mem_limit"] == "2g"


def test_what_waits_for_another_waits_for_one_that_there_is() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= SERVICES.keys()


def test_the_file_for_a_gpu_changes_the_three_services_with_production_engines_and_adds_none() -> None:
    """Else the ones for a CPU would run beside them and take tasks."""
    assert GPU.keys() == {"separator", "asr", "aligner"}
    assert all(SERVICES[name]["image"] + "-gpu" == service["image"] for name, service in GPU.items())


@pytest.mark.parametrize("name", GPU)
def test_a_production_engine_is_chosen_as_in_a_cluster_and_given_a_gpu(name: str) -> None:
    component = yaml.safe_load((ROOT / "k8s/components/gpu/kustomization.yaml").read_text())
    [patch] = [
        yaml.safe_load(each["patch"]) for each in component["patches"] if each["target"]["name"] == f"aik-{name}"
    ]
    [container] = patch["spec"]["template"]["spec"]["containers"]
    shared = {"AIK_GPU_SHARED": "true", "AIK_GPU_LOCKS": "/locks"}
    assert GPU[name]["environment"] == {one["name"]: one["value"] for one in container["env"]} | shared
    [device] = GPU[name]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


def test_traces_go_where_the_usual_variable_says_and_nowhere_without_it() -> None:
    for name, service in SERVICES.items():
        if service["image"].startswith("aik-"):
            assert service["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "${OTEL_EXPORTER_OTLP_ENDPOINT:-}", name
    assert SERVICES["jaeger"]["profiles"] == ["observability"]
    assert SERVICES["jaeger"]["ports"] == ["127.0.0.1:16686:16686"]
