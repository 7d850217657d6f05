"""A daemon that speaks as much of Docker's API as testcontainers asks for, and starts nothing."""

import json
import struct
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

SAYS = b"Kafka Server started\n"
"""Every container does."""


@dataclass
class Container:
    """`asked` is how it was created; `files` what was copied into it, by the path; `did` tells of it in order."""

    asked: Mapping[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.asked.get("Env") or ())


class FakeDocker(ThreadingHTTPServer):
    """Each published port is its own: there it answers that all is well."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.containers: dict[str, Container] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def of(self, image: str) -> Container:
        """The only one of this image, whatever its version."""
        [found] = [one for one in self.containers.values() if str(one.asked["Image"]).partition(":")[0] == image]
        return found


class _Answers(BaseHTTPRequestHandler):
    server: FakeDocker
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self._path():
            case ["version"]:
                self._tell({"ApiVersion": "1.47", "MinAPIVersion": "1.24"})
            case ["images", *name, "json"]:
                self._tell({"Id": "sha256:1", "RepoTags": ["/".join(name)]})
            case ["containers", id, "json"]:
                self._tell(self._inspected(id))
            case ["containers", _, "logs"]:
                self._answer(struct.pack(">BxxxL", 1, len(SAYS)) + SAYS)
            case ["exec", _, "json"]:
                self._tell({"ExitCode": 0, "Running": False})
            case _:
                self._answer(b"OK")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self._path():
            case ["containers", "create"]:
                id = f"{len(self.server.containers):064x}"
                self.server.containers[id] = Container(json.loads(body))
                self._tell({"Id": id, "Warnings": []}, 201)
            case ["containers", id, "start"]:
                self.server.containers[id].did.append("started")
                self._answer(b"", 204)
            case ["containers", _, "exec"]:
                self._tell({"Id": "1"}, 201)
            case _:
                self.close_connection = True  # of a command's output, the end is that of the connection
                self._answer(b"")

    def do_PUT(self) -> None:
        *_, id, _ = self._path()
        container = self.server.containers[id]
        with tarfile.open(fileobj=BytesIO(self._chunks())) as archive:
            for member in archive.getmembers():
                file = archive.extractfile(member)
                container.files["/" + member.name.lstrip("/")] = file.read().decode() if file else ""
                container.did.append(f"got /{member.name.lstrip('/')}")
        self._answer(b"")

    def do_DELETE(self) -> None:
        self.server.containers[self._path()[-1]].did.append("removed")
        self._answer(b"", 204)

    def _path(self) -> list[str]:
        """Without the version in front."""
        parts = urlsplit(self.path).path.strip("/").split("/")
        return parts[1:] if parts[0].startswith("v1.") else parts

    def _inspected(self, id: str) -> Mapping[str, Any]:
        asked = self.server.containers[id].asked
        published = [{"HostIp": "0.0.0.0", "HostPort": str(self.server.server_port)}]  # noqa: S104 (as Docker says it)
        return {
            "Id": id,
            "State": {"Status": "running", "Running": True},
            "Config": {"Image": asked["Image"], "Tty": False},
            "HostConfig": {"LogConfig": {"Type": "json-file"}},
            "NetworkSettings": {"Ports": dict.fromkeys(asked.get("ExposedPorts") or (), published)},
        }

    def _chunks(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _tell(self, value: object, status: int = 200) -> None:
        self._answer(json.dumps(value).encode(), status)

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def fake_docker() -> Iterator[FakeDocker]:
    with FakeDocker() as daemon:
        thread = threading.Thread(target=daemon.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield daemon
        finally:
            daemon.shutdown()
            thread.join()
