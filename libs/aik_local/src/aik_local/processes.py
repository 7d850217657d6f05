"""The aik processes: found by their entry points, told by environment variables where everything is."""

import os
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from aik_local.credentials import Credentials
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import answers_ok
from aik_local.program import Program

GROUP = "aik.processes"
API = "gateway-api"
HAND_BACK_AFTER_S = "5"
"""A person waits for `make down`; a task that is not done so soon goes on after the next `make up`."""


def discovered() -> tuple[str, ...]:
    """The name of every process that an installed distribution declares."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def programs(
    names: Iterable[str], servers: Mapping[str, str], layout: Layout, ports: Ports, credentials: Credentials
) -> tuple[Program, ...]:
    """`servers` is the environment that tells where the servers are."""
    claimed = {name: ports.claim(name) for name in names}
    shared = {
        **servers,
        "AIK_MODELS": str(layout.models),
        "AIK_SECRET_KEY": credentials.secret_key,
        "AIK_HTTP_HOST": "127.0.0.1",
        "AIK_LOG_FORMAT": "console",
        "AIK_GRACE_S": os.environ.get("AIK_GRACE_S", HAND_BACK_AFTER_S),
        "AIK_RATE_LIMIT_PER_MINUTE": os.environ.get("AIK_RATE_LIMIT_PER_MINUTE", "0"),
        "AIK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
    }
    if API in claimed:
        shared["AIK_PUBLIC_URL"] = f"http://127.0.0.1:{claimed[API]}"
    return tuple(_program(name, port, shared) for name, port in claimed.items())


def _program(name: str, port: int, shared: Mapping[str, str]) -> Program:
    address = f"http://127.0.0.1:{port}"
    return Program(
        name=name,
        command=(sys.executable, "-m", "aik_local.process", name),
        address=address,
        ready=answers_ok(f"{address}/readyz"),
        env={**shared, "AIK_HTTP_PORT": str(port), "PYTHONUNBUFFERED": "1"},
    )


def for_commands(servers: Mapping[str, str], layout: Layout, aik: Iterable[Program]) -> dict[str, str]:
    """What a person's commands are told: where the servers, the models and the API are, and the keys of the suite."""
    told = {"AIK_MODELS": str(layout.models), **servers}
    for program in aik:
        told |= {name: program.env[name] for name in ("AIK_SECRET_KEY", "AIK_PUBLIC_URL") if name in program.env}
        if program.name == API:
            told["AIK_URL"] = program.address
    return told


def create_topics_command() -> tuple[str, ...]:
    return str(Path(sys.executable).with_name("aik-events")), "topics", "create"


def environment(program: Program) -> dict[str, str]:
    """Ours, and what the program adds to it: so a service's own settings can be set from outside."""
    return {**os.environ, **program.env}
