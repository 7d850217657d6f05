"""Two releases side by side: each is a folder with the code of all services, and processes that run nothing else."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aik_local.layout import CHECKOUT

LOCK = "requirements.lock"
JARS = Path(".aik/jars")


@dataclass(frozen=True)
class Release:
    """`python` has the packages of this release's lock."""

    name: str
    folder: Path
    python: Path

    @property
    def python_path(self) -> str:
        """Before whatever is installed: this release's own packages, and its tests."""
        sources = sorted([*self.folder.glob("libs/*/src"), *self.folder.glob("services/*/src")])
        return os.pathsep.join(map(str, (self.folder, *sources)))

    def run(self, script: str, *arguments: str) -> None:
        """One of its console scripts, in its folder. Raises CalledProcessError."""
        environment = {**os.environ, "PYTHONPATH": self.python_path}
        command = [str(self.python.with_name(script)), *arguments]
        subprocess.run(command, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def of_revision(revision: str, folder: Path) -> Release:
    """The code of a revision of git."""
    archive = _git("archive", "--format=tar", revision)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return Release("old", folder, _python(folder))


def of_working_tree(folder: Path) -> Release:
    """The code as it is now, committed or not; it shares the jars of the servers with the checkout."""
    for name in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0"):
        source = CHECKOUT / name
        if name and source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    (folder / JARS).parent.mkdir()
    (CHECKOUT / JARS).mkdir(parents=True, exist_ok=True)
    (folder / JARS).symlink_to(CHECKOUT / JARS)
    return Release("new", folder, _python(folder))


def _python(folder: Path) -> Path:
    """This one where the lock is the same; else one with the release's own packages, which takes a while to make."""
    if (folder / LOCK).read_bytes() == (CHECKOUT / LOCK).read_bytes():
        return Path(sys.executable)
    subprocess.run(["tools/bootstrap.sh"], cwd=folder, check=True)  # noqa: S607 (the release's own script)
    return folder / ".venv" / "bin" / "python"


def _git(*arguments: str) -> bytes:
    command: Sequence[str] = ("git", "-C", str(CHECKOUT), *arguments)
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603
