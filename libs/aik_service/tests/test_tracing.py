"""The trace of whoever asked is in every line that is logged meanwhile, and goes on from here."""

import json
import subprocess
import sys

from aik_service import tracing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
LOGGING = f"""
import logging, structlog
from aik_service import logs, tracing
logs.configure("aik-test", format="json", level="INFO")
with tracing.span("step", "{TRACEPARENT}"):
    structlog.get_logger().info("ours")
    logging.getLogger("library").info("theirs")
structlog.get_logger().info("of nobody")
"""


def test_every_line_that_is_logged_in_a_trace_has_its_id() -> None:
    logged = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True).stderr  # noqa: S603 (our own program)
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [(line["event"], line.get("traceId")) for line in lines] == [
        ("ours", TRACE),
        ("theirs", TRACE),
        ("of nobody", None),
    ]


def test_what_is_passed_on_is_of_the_same_trace_and_a_span_of_its_own() -> None:
    with tracing.span("step", TRACEPARENT):
        passed_on = tracing.traceparent()
    assert passed_on is not None
    assert (passed_on.split("-")[1], passed_on == TRACEPARENT) == (TRACE, False)
