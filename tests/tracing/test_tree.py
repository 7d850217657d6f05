"""A trace is drawn as a tree: parents before children, in the order in which they began."""

from tests.tracing.tree import Span, tree

MS = 1_000_000


def span(name: str, parent: str | None, began_ms: int, ended_ms: int, **more: object) -> Span:
    times = {"began_ns": began_ms * MS, "ended_ns": ended_ms * MS}
    return Span(name=name, service="aik-x", trace_id="t", id=name, parent=parent, **times, **more)  # type: ignore[arg-type]


def test_each_stands_below_its_parent_with_its_beginning_and_length() -> None:
    spans = [
        span("late", "root", 1_500, 2_000),
        span("child", "early", 1_200, 1_300, attributes={"aik.outcome": "broken", "aik.track": "t1"}, is_failed=True),
        span("early", "root", 1_100, 1_400),
        span("root", "of the browser", 1_000, 2_500, attributes={"http.response.status_code": 202}),
    ]
    assert tree(spans) == [
        "root          0.000 s    1.500 s  aik-x  202",
        "  early       0.100 s    0.300 s  aik-x",
        "    child     0.200 s    0.100 s  aik-x  FAILED broken",
        "  late        0.500 s    0.500 s  aik-x",
    ]


def test_of_nothing_there_is_no_line() -> None:
    assert tree([]) == []
