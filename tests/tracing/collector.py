"""A collector for traces on this machine, which remembers what it was sent by OTLP over HTTP."""

import gzip
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.tracing.tree import Span


@dataclass
class Collector:
    endpoint: str
    """What OTEL_EXPORTER_OTLP_ENDPOINT is to be."""
    spans: list[Span] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """Of each request, their names in lower case."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def trace(self, trace_id: str, *, until: str, within_s: float) -> Sequence[Span]:
        """The spans of this trace that have come when the one called `until` is there, or the time is up."""
        with self.arrived:
            self.arrived.wait_for(lambda: until in {span.name for span in self._of(trace_id)}, within_s)
            return self._of(trace_id)

    def _of(self, trace_id: str) -> Sequence[Span]:
        return [span for span in self.spans if span.trace_id == trace_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            with collector.arrived:
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                collector.spans.extend(spans_of(ExportTraceServiceRequest.FromString(body)))
                collector.arrived.notify_all()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def spans_of(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for of_process in request.resource_spans:
        service = _values(of_process.resource.attributes)["service.name"]
        for of_scope in of_process.scope_spans:
            for span in of_scope.spans:
                yield Span(
                    name=span.name,
                    service=str(service),
                    trace_id=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex() or None,
                    began_ns=span.start_time_unix_nano,
                    ended_ns=span.end_time_unix_nano,
                    is_failed=span.status.code == Status.STATUS_CODE_ERROR,
                    attributes=_values(span.attributes),
                )


def _values(attributes: Sequence[KeyValue]) -> dict[str, object]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes}
