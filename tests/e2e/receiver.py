"""An endpoint for webhooks on this machine, which remembers what it was sent."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Delivery:
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    url: str
    deliveries: list[Delivery] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    answering: int = 0
    """Requests that are read and not answered yet."""

    def wait_for(self, count: int, within_s: float) -> list[Delivery]:
        deadline = time.monotonic() + within_s
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.deliveries) >= count, deadline - time.monotonic())
            return list(self.deliveries)


def welcome(_: Delivery) -> int:
    return 204


@contextmanager
def receiving(status_for: Callable[[Delivery], int] = welcome, hangs_s: float = 0) -> Iterator[Receiver]:
    """Answers 204 to everything, or what `status_for` says (asked before the delivery is remembered), so much later."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with receiver.arrived:
                headers = {name.lower(): value for name, value in self.headers.items()}
                delivery = Delivery(headers, body)
                status = status_for(delivery)
                receiver.deliveries.append(delivery)
                receiver.answering += 1
                receiver.arrived.notify_all()
            time.sleep(hangs_s)
            with receiver.arrived:
                receiver.answering -= 1
            with suppress(OSError):  # The other end may be dead by now.
                self.send_response(status)
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
