"""`rerun` of a published song, with the services' own environment: identical, and different with another setting."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
from aik_local.testing import Suite

from tests.e2e.conftest import Published, processes

STEPS = ("aligner", "qc", "publisher")  # the other two compute longest, in the same way


def command(suite: Suite, process: str, *arguments: str) -> tuple[int, Any]:
    """The exit status and the JSON of a console script in the environment of a running process."""
    script, *rest = arguments
    done = subprocess.run(  # noqa: S603 (our own command line)
        [Path(sys.executable).with_name(script), *rest, "--json"],
        env=psutil.Process(processes(suite)[process]).environ(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("service", STEPS)
def test_every_step_again_is_identical(suite: Suite, published: Published, service: str) -> None:
    status, found = command(suite, service, f"aik-{service}", "rerun", published.track_id)
    assert (status, found["outcome"], found["engine"]) == (0, [], [])
    assert {file["outcome"] for file in found["files"]} == {"identical"}
    assert found["then"]["recipe"] == found["now"]["recipe"]


@pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="there is nothing to switch off")
def test_with_another_setting_the_aligner_s_document_differs_in_named_fields(
    suite: Suite, published: Published
) -> None:
    about = "aik-aligner", "rerun", published.track_id, "--set", "sounds=off"
    status, found = command(suite, "aligner", *about)
    assert status == 1
    assert {"path": "name", "then": '"whisper-pocketsphinx"', "now": '"whisper-attention"'} in found["engine"]
    [karaoke] = found["files"]
    assert (karaoke["kind"], karaoke["outcome"]) == ("karaoke", "different")
    assert any(each["path"].endswith(".startMs") for each in karaoke["differences"])


def test_every_object_of_the_song_is_in_the_store_with_its_hash(suite: Suite, published: Published) -> None:
    about = "aik-gateway", "verify-objects", "--hash", "--track", published.track_id
    status, found = command(suite, "gateway-projector", *about)
    assert (status, found["wrong"]) == (0, [])
    assert found["objects"] > 20
