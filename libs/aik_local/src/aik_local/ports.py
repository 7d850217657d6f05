"""Ports: the one that is wanted if it is free, else another one; the choice is remembered."""

import json
import random
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

from aik_local.errors import NoPortFree
from aik_local.files import replace

CANDIDATES = range(10_240, 20_000)
"""Below every system's range for outgoing connections, so that no client socket takes a remembered port."""

PAIR = 10_000
"""SeaweedFS serves gRPC at the port of its HTTP side plus this."""


def is_free(port: int) -> bool:
    """Whether a server could listen on the port, on loopback and on every address."""
    for host in ("127.0.0.1", ""):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def choose(preferred: Iterable[int], free: Callable[[int], bool], others: Iterable[int]) -> int:
    """The first free port, in the order of preference."""
    for port in (*preferred, *others):
        if free(port):
            return port
    raise NoPortFree


class Ports:
    """The ports of one suite, by the name of who listens there; `notes` says where a wanted one was taken."""

    def __init__(self, file: Path, wanted: dict[str, int]) -> None:
        self.notes: list[str] = []
        self._file = file
        self._wanted = wanted
        self._remembered: dict[str, int] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._reserved: set[int] = set()
        self._lock = Lock()

    def claim(self, name: str, *, paired: bool = False) -> int:
        """A free port for `name`, the one of last time if possible; `paired` wants port + 10000 free too."""
        with self._lock:
            preferred = [port for port in (self._remembered.get(name), self._wanted.get(name)) if port]
            others = random.sample(CANDIDATES, len(CANDIDATES))
            taken = self._reserved | {port for other, port in self._remembered.items() if other != name}
            port = choose(preferred, lambda port: _usable(port, taken, paired), others)
            if preferred and port != preferred[0]:
                self.notes.append(f"port {preferred[0]} is taken: {name} listens on {port} instead")
            self._remembered[name] = port
            self._reserved |= _wished(port, paired)
            replace(self._file, json.dumps(self._remembered, indent=2))
            return port


def _wished(port: int, paired: bool) -> set[int]:
    return {port, port + PAIR} if paired else {port}


def _usable(port: int, taken: set[int], paired: bool) -> bool:
    wished = _wished(port, paired)
    return not wished & taken and all(is_free(one) for one in wished)
