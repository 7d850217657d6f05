"""A step service refuses to start with an engine that there is not, or that can't be used; no server is asked first."""

import os
import subprocess
import sys

import pytest

SERVICE = """
from aik_events.catalogue import TrackSeparated
from aik_events.pipeline import Step
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step_commands import step_commands

echo = "aik_service.testing.echo"
step_commands(StepService(
    step=Step.SEPARATE, result=TrackSeparated, handler="aik_service.testing.echo:handle", sla=Sla(base_s=1, factor=0),
    engines={"shouter": f"{echo}:load", "broken": f"{echo}:load_nothing", "refusing": f"{echo}:load_on_no_device"},
))()
"""
NOWHERE = {
    "AIK_KAFKA": "127.0.0.1:9",
    "AIK_POSTGRES": "postgresql://127.0.0.1:9/aik",
    "AIK_S3_ENDPOINT": "http://127.0.0.1:9",
    "AIK_S3_ACCESS_KEY": "unused",
    "AIK_S3_SECRET_KEY": "unused",
    "AIK_HTTP_HOST": "127.0.0.1",
    "AIK_HTTP_PORT": "0",
}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"AIK_SERVICE_ENGINE": "demux"},
            "AIK_SERVICE_ENGINE: the service has no engine 'demux'. It has: shouter, broken, refusing",
        ),
        ({"AIK_SERVICE_ENGINE_OF": "fast"}, "AIK_SERVICE_ENGINE_OF: Invalid JSON"),
        ({"AIK_SERVICE_ENGINE": "broken"}, "FileNotFoundError: there is no model"),
        (
            {"AIK_SERVICE_ENGINE_OF": '{"best": "broken"}'},
            "An engine that a setting names can't be used: FileNotFoundError: there is no model\n",
        ),
        (
            {"AIK_SERVICE_ENGINE": "refusing"},
            "An engine that a setting names can't be used: AIK_SERVICE_DEVICE is cuda, but /dev has no GPU",
        ),
    ],
)
def test_a_service_ends_at_its_start_and_says_why(settings: dict[str, str], said: str) -> None:
    environment = {**os.environ, **NOWHERE, **settings}
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", SERVICE], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
