"""The walk of docs/api.md, as it is written there."""

import os
import re
import subprocess
from pathlib import Path

from aik_local.testing import Suite

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_walk_of_the_documentation_makes_two_versions(suite: Suite, song: bytes, tmp_path: Path) -> None:
    file = tmp_path / "song.mp3"
    file.write_bytes(song)
    [script] = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    environment = {**os.environ, "AIK_URL": suite.environment["AIK_URL"], "SONG": str(file), "NO_PROXY": "*"}
    walked = subprocess.run(  # noqa: S603 (our own document)
        ["/bin/bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout.splitlines()[-1] == "2", walked.stdout
