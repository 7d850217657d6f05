"""Where spans go is said by OpenTelemetry's own variables; a collector that is away holds nobody up."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from aik_service.tracing_settings import TracingSettings

from tests.tracing.collector import collecting

ONE_SPAN = """
import sys
from aik_events.environment import from_environment
from aik_service import tracing
from aik_service.tracing_settings import TracingSettings
tracing.configure("test", from_environment(TracingSettings))
with tracing.span("step"):
    print(tracing.traceparent().split("-")[1])
print("opentelemetry.sdk.trace" in sys.modules)
"""


def ended(**environment: str) -> subprocess.CompletedProcess[str]:
    """A process that has made one span: it says the trace's id, and whether it has imported what exports."""
    mine: Mapping[str, str] = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", ONE_SPAN], env={**mine, **environment}, capture_output=True, text=True, timeout=60
    )


def test_spans_are_sent_before_the_process_ends_with_its_service_and_what_the_environment_adds() -> None:
    with collecting() as collector:
        told = ended(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint).stdout
        named = ended(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.endpoint}/v1/traces", OTEL_SERVICE_NAME="other")
    assert [(span.name, span.service, span.trace_id) for span in collector.spans] == [
        ("step", "aik-test", told.splitlines()[0]),
        ("step", "other", named.stdout.splitlines()[0]),
    ]


def test_what_lets_us_in_may_be_a_file_among_the_secrets(tmp_path: Path) -> None:
    (tmp_path / "OTEL_EXPORTER_OTLP_HEADERS").write_text("authorization=Bearer%20of-ours,x-tenant=7\n")
    with collecting() as collector:
        ended(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, AIK_SECRETS=str(tmp_path))
    [headers] = collector.headers
    assert (headers["authorization"], headers["x-tenant"]) == ("Bearer of-ours", "7")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_SDK_DISABLED": "true"},
    ],
)
def test_without_a_collector_or_told_so_there_are_ids_and_nothing_is_exported_nor_imported_for_it(
    environment: dict[str, str],
) -> None:
    with collecting() as collector:
        known = {} if not environment else {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        trace, imported = ended(**{**known, **environment}).stdout.splitlines()
    assert (len(trace), imported, collector.spans) == (32, "False", [])


def test_a_process_ends_though_its_collector_is_away() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{bound.getsockname()[1]}"
        process = ended(OTEL_EXPORTER_OTLP_ENDPOINT=nobody, OTEL_EXPORTER_OTLP_TIMEOUT="1")
    assert process.returncode == 0


def test_another_protocol_is_refused_by_name() -> None:
    process = ended(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4317", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert process.returncode != 0
    assert "OTEL_EXPORTER_OTLP_PROTOCOL: Input should be 'http/protobuf'" in process.stderr


def test_it_is_given_up_sooner_than_pods_are_killed() -> None:
    assert TracingSettings().timeout_s < 5


def test_a_process_ends_though_its_collector_never_answers() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        silent = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert ended(OTEL_EXPORTER_OTLP_ENDPOINT=silent, OTEL_EXPORTER_OTLP_TIMEOUT="1").returncode == 0


@pytest.mark.parametrize("name", ["OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_PROTOCOL"])
def test_a_variable_that_is_empty_is_unset(name: str) -> None:
    with collecting() as collector:
        ended(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, **{name: ""})
    assert [span.name for span in collector.spans] == ["step"]


def test_the_collector_may_be_named_by_a_file_too(tmp_path: Path) -> None:
    with collecting() as collector:
        (tmp_path / "OTEL_EXPORTER_OTLP_ENDPOINT").write_text(f"{collector.endpoint}/\n")
        ended(AIK_SECRETS=str(tmp_path))
    assert [span.name for span in collector.spans] == ["step"]
