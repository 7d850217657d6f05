"""Kafka's jars from a Maven repository, each checked against the sha256 of the lock file."""

import fcntl
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path

from jgo.env import LockedDependency, LockFile
from jgo.maven import Artifact, MavenContext, PythonResolver

from aik_local.errors import JarMismatch


def fetch_jars(folder: Path) -> Path:
    """A folder with exactly the locked jars; they are downloaded once, by one process at a time."""
    locked = _locked()
    ready = _ready(folder, locked)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not ready.exists():
            _download(locked, folder / "maven", ready)
    return ready


def are_there(folder: Path) -> bool:
    """Whether `fetch_jars` has nothing to download."""
    return _ready(folder, _locked()).exists()


def _locked() -> list[LockedDependency]:
    with as_file(files("aik_local.servers") / "jgo.lock.toml") as lock:
        return LockFile.load(lock).dependencies


def _ready(folder: Path, locked: list[LockedDependency]) -> Path:
    return folder / sha256("".join(sorted(jar.sha256 or "" for jar in locked)).encode()).hexdigest()[:16]


def _download(locked: list[LockedDependency], cache: Path, ready: Path) -> None:
    context = MavenContext(resolver=PythonResolver(), repo_cache=cache, timeout=60)
    partial = ready.with_suffix(".partial")
    partial.mkdir(exist_ok=True)

    def place(jar: LockedDependency) -> None:
        component = context.project(jar.groupId, jar.artifactId).at_version(jar.version)
        shutil.move(_verified(component.artifact(jar.classifier or "", jar.packaging), jar), partial)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(place, [jar for jar in locked if not (partial / _name(jar)).exists()]))
    partial.rename(ready)


def _name(jar: LockedDependency) -> str:
    return f"{jar.artifactId}-{jar.version}.{jar.packaging}"


def _verified(artifact: Artifact, jar: LockedDependency) -> Path:
    """A download that was cut off stays in jgo's cache, so a file that was there already may be fetched once more."""
    for _ in range(2):
        path = artifact.resolve()
        if sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return path
        path.unlink()
    raise JarMismatch(_name(jar))
