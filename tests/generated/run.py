"""Schemathesis against a running suite: requests made from the OpenAPI document alone, with every check that it has."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.browser import Browser

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).parent / "schemathesis.toml"
CLIENT = "schemathesis"
FILE = {"filename": "open.mp3", "size": 20_000_000}
NOBODY = "http://127.0.0.1:9/hook"
"""Where nobody listens."""


@dataclass(frozen=True)
class Outcome:
    cases: int
    failures: list[str]
    """One line for each, with the operations."""
    text: str


def known(url: str, song: bytes) -> dict[str, list[str]]:
    """Things of every kind, made as a client would, for requests to meet: by the name of what they are."""
    browser = Browser(url, CLIENT)
    browser.post("/v1/webhooks/secret/rotate")
    published, job = browser.import_track(browser.upload("song.mp3", song), title="Slow Motion Dream")
    letter = browser.upload("letter.mp3", b"Dear reader, this is not a song. " * 100)
    failed, failure = browser.import_track(letter, callbackUrl=NOBODY)
    doomed = [browser.import_track(letter)[0] for _ in range(3)]
    uploads = [browser.post("/v1/uploads", FILE).json()["uploadId"] for _ in range(4)]
    delivery = browser.post("/v1/webhooks/test", {"url": NOBODY}).json()["deliveryId"]
    assert browser.finished(job)["state"] == "succeeded"
    browser.finished(failure)
    return {
        "clientId": [CLIENT],
        "trackId": [published, failed],
        "DELETE trackId": doomed,
        "jobId": [job, failure],
        "uploadId": uploads[:1],
        "DELETE uploadId": uploads[1:],
        "assetId": [letter],
        "deliveryId": [delivery],
        "endpointId": [one["endpointId"] for one in browser.get("/v1/webhooks/endpoints").json()["items"]],
    }


def asked(url: str, there: dict[str, list[str]], *arguments: str) -> Outcome:
    """What Schemathesis found; `arguments` are those of its command line."""
    program = str(Path(sys.executable).parent / "schemathesis")
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        told = ["--report-json-path", str(report), *arguments]
        ended = subprocess.run(  # noqa: S603 (our own command line)
            [program, "--config-file", str(CONFIG), "run", f"{url}/openapi.json", *told],
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.generated.hooks",
                "PYTHONPATH": str(ROOT),
                "AIK_KNOWN": json.dumps(there),
            },
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        text = ended.stdout + ended.stderr
        if not report.exists():
            raise RuntimeError(text)
        found = json.loads(report.read_text())
    failures = [f"{one['title']}: {', '.join(one['operations'])}" for one in found["failures"]]
    errors = [json.dumps(error) for error in found["errors"]]
    stopped = [] if found["complete"] else [f"it stopped: {found['stop_reason']}"]
    return Outcome(found["test_cases"]["generated"], failures + errors + stopped, text)
