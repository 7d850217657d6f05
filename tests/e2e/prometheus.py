"""Debian's Prometheus, with the suite's own rules, which scrapes and evaluates every second."""

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

RULES = Path(__file__).parents[2] / "observability" / "prometheus" / "rules"
STEP = re.compile(r"^( *)(for|interval): \w+$", re.MULTILINE)


@dataclass(frozen=True)
class Prometheus:
    address: str

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer; raises for what it refuses, as a query that it can't read."""
        answer = httpx.get(f"{self.address}/api/v1/{path}", params=parameters, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def firing(self) -> set[str]:
        return {alert["labels"]["alertname"] for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"}

    def up(self) -> Mapping[str, str]:
        """By job: up, down, or unknown before the first scrape."""
        return {target["labels"]["job"]: target["health"] for target in self.get("targets")["activeTargets"]}


def until(what: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.2)


@contextmanager
def prometheus(program: str, folder: Path, targets: Mapping[str, str]) -> Iterator[Prometheus]:
    """`targets` are host and port by job. What alerts wait for is a second here: promtool tests the real times."""
    for path in RULES.glob("*.yml"):
        (folder / path.name).write_text(STEP.sub(r"\1\2: 1s", path.read_text()))
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["*.yml"],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
        ],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
    about = [f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "prometheus.log").open("wb") as output:
        command = [program, *about, f"--web.listen-address={address}"]
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 (our own command line)
    try:
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        process.wait(30)
