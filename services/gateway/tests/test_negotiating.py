"""What a client would rather have."""

import pytest
from aik_gateway.api.negotiating import prefers


@pytest.mark.parametrize(
    ("accept", "is_stream"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream; charset=utf-8", True),
        ("application/json;q=0.5, text/event-stream", True),
        ("text/event-stream, */*;q=0.1", True),
        ("application/json, text/event-stream", True),
        ("application/json, text/event-stream;q=0.5", False),
        ("*/*, text/event-stream;q=0.9", False),
        ("application/*;q=0.9, text/event-stream;q=0.8", False),
        ("text/event-stream;q=0", False),
        ("text/*", False),
        ("*/*", False),
        ("text/html", False),
        (";;,,q=", False),
        ("", False),
        (None, False),
    ],
)
def test_a_stream_is_for_whom_names_it_and_wants_nothing_else_more(accept: str | None, is_stream: bool) -> None:
    assert prefers(accept, "text/event-stream", "application/json") is is_stream
