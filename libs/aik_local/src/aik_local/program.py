"""What it takes to run one program: its command, how it is told to stop, and when it is ready."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Probe = Callable[[], Awaitable[bool]]
"""Asks once; False or an OSError mean "not yet"."""


@dataclass(frozen=True)
class Account:
    """The user and group that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """`command` is started in a session of its own; `env` is added to ours; `address` is for people.

    Told to stop, it gets `stop_signal`, and is killed when it has not ended after `grace_s`.
    """

    name: str
    command: tuple[str, ...]
    address: str
    ready: Probe
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 15.0
    account: Account | None = None
