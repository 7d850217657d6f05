"""k8s/ says the same as the code: who may write which topic, which settings there are, which processes run."""

import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from aik_events.topics import TOPICS
from aik_gateway.private.roles import ROLES

from tests.contract.settings import variables

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
OBSERVABILITY = ROOT / "observability"
SERVICES = ("gateway", "separator", "asr", "aligner", "qc", "publisher", "notifier")


def objects(kind: str) -> Iterator[dict[str, Any]]:
    for path in K8S.rglob("*.yaml"):
        yield from (each for each in yaml.safe_load_all(path.read_text()) if each and each.get("kind") == kind)


def named(kind: str, name: str) -> dict[str, Any]:
    [found] = [each for each in objects(kind) if each["metadata"]["name"] == name]
    return found


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_as_the_code_makes_it(topic: Any) -> None:
    spec = named("KafkaTopic", topic.name)["spec"]
    assert spec["partitions"] == topic.partitions
    assert {**topic.config, "min.insync.replicas": "2"} == spec["config"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_read_and_write_what_it_does_and_nothing_else(service: str) -> None:
    rules = named("KafkaUser", f"aik-{service}")["spec"]["authorization"]["acls"]
    allowed = {
        rule["resource"]["name"]: set(rule["operations"]) for rule in rules if rule["resource"]["type"] == "topic"
    }
    wanted = {
        topic.name: {"Describe"} | ({"Read"} & reads) | ({"Write"} & writes)
        for topic in TOPICS
        for reads in [{"Read"} if service in topic.readers else set()]
        for writes in [{"Write"} if service in topic.writers else set()]
        if reads | writes
    }
    assert allowed == wanted
    [group] = [rule["resource"] for rule in rules if rule["resource"]["type"] == "group"]
    assert group == {"type": "group", "name": f"aik-{service}.", "patternType": "prefix"}


def test_every_process_of_the_suite_is_deployed_and_may_be_drained() -> None:
    processes = {f"aik-{entry.name}" for entry in entry_points(group="aik.processes")}
    for kind in ("Deployment", "PodDisruptionBudget"):
        made = {each["metadata"]["name"] for each in objects(kind)} - {"every"}
        assert made == processes


def test_every_setting_there_is_one_that_a_service_reads() -> None:
    literals = {
        literal.partition("=")[0]
        for kustomization in [*objects("Kustomization"), *objects("Component")]
        for each in kustomization.get("configMapGenerator", ())
        for literal in each["literals"]
    }
    secrets = {one["secretKey"] for each in objects("ExternalSecret") for one in each["spec"]["data"]}
    set_beside = {name for path in K8S.rglob("*.yaml") for name in re.findall(r"name: (AIK_\w+)", path.read_text())}
    assert "AIK_SEPARATOR_DEVICE" in set_beside
    assert literals | (secrets - set(ROLES)) | set_beside <= variables()


def test_who_seals_and_opens_is_given_a_second_key() -> None:
    for each in objects("ExternalSecret"):
        given = {one["secretKey"] for one in each["spec"]["data"]}
        assert ("AIK_SECRET_KEY" in given) == ("AIK_SECRET_KEY_OTHER" in given), each["metadata"]["name"]


def test_a_network_policy_is_about_our_pods_alone() -> None:
    """Brokers and databases in the same namespace have policies of their own, or none."""
    for policy in objects("NetworkPolicy"):
        [label] = policy["spec"]["podSelector"]["matchLabels"]
        assert label == "app.kubernetes.io/part-of" or label.startswith("aik/"), policy["metadata"]["name"]


def test_each_pod_may_reach_whom_it_says_it_talks_to() -> None:
    allowed = {label for policy in objects("NetworkPolicy") for label in policy["spec"]["podSelector"]["matchLabels"]}
    pods = [
        each["spec"]["template"]["metadata"]
        for kind in ("Deployment", "Job")
        for each in objects(kind)
        if named_pod(each)
    ]
    wishes = {label for pod in pods for label in pod["labels"] if label.startswith("aik/")}
    assert wishes == {label for label in allowed if label.startswith("aik/")}


def test_the_roles_are_made_by_the_database_s_owner_whose_secrets_no_other_pod_has() -> None:
    owner = named("ExternalSecret", "aik-owner-secrets")["spec"]
    assert {one["secretKey"] for one in owner["data"]} == {"AIK_POSTGRES", *ROLES}
    mounting = [
        each["metadata"]["name"]
        for kind in ("Deployment", "Job")
        for each in objects(kind)
        if owner["target"]["name"] in str(each)
    ]
    assert mounting == ["aik-roles"]
    [container] = named("Job", "aik-roles")["spec"]["template"]["spec"]["containers"]
    [mount] = named("Job", "every")["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert container["args"] == ["roles", "--passwords", mount["mountPath"]]


def test_the_prometheus_operator_s_rules_are_those_of_observability() -> None:
    made = subprocess.run([ROOT / "tools/prometheus-rules.sh"], check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own script)
    assert (K8S / "components/monitoring/rules.yaml").read_text() == made
    groups = {each["metadata"]["name"]: each["spec"] for each in yaml.safe_load_all(made)}
    assert groups == {
        f"aik-{path.stem}": yaml.safe_load(path.read_text()) for path in OBSERVABILITY.glob("prometheus/rules/*.yml")
    }


def test_every_dashboard_is_given_to_grafana_s_sidecar() -> None:
    folder = OBSERVABILITY / "grafana/dashboards"
    component = yaml.safe_load((folder / "kustomization.yaml").read_text())
    given = [file for each in component["configMapGenerator"] for file in each["files"]]
    assert sorted(given) == sorted(path.name for path in folder.glob("*.json"))
    assert component["generatorOptions"]["labels"] == {"grafana_dashboard": "1"}
    [monitoring] = [each for each in objects("Component") if "pod-monitor.yaml" in each.get("resources", ())]
    assert [(K8S / "components/monitoring" / each).resolve() for each in monitoring["components"]] == [folder]


def named_pod(workload: dict[str, Any]) -> bool:
    return "metadata" in workload["spec"]["template"]
