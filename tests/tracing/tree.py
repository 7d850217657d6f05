"""A trace as a tree, with the times that a person asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TOLD = ("http.response.status_code", "aik.outcome", "aik.engine", "aik.attempt")
"""The attributes that are shown."""


@dataclass(frozen=True)
class Span:
    """Times are ns since 1970; ids are hex digits."""

    name: str
    service: str
    trace_id: str
    id: str
    parent: str | None
    began_ns: int
    ended_ns: int
    is_failed: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)


def tree(spans: Sequence[Span]) -> list[str]:
    """A line for each span, below its parent and in the order in which they began: since when, how long, by whom.

    A span whose parent is unknown stands at the top: browsers keep theirs.
    """
    first = min((span.began_ns for span in spans), default=0)
    rows = [(f"{'  ' * depth}{span.name}", span) for span, depth in walk(spans)]
    width = max((len(name) for name, _ in rows), default=0)
    return [
        f"{name:{width}}  {(span.began_ns - first) / 1e9:8.3f} s {(span.ended_ns - span.began_ns) / 1e9:8.3f} s"
        f"  {span.service}{_told(span)}"
        for name, span in rows
    ]


def walk(spans: Sequence[Span], parent: str | None = None, depth: int = 0) -> Iterator[tuple[Span, int]]:
    """Each span with its depth, parents before their children."""
    ids = {span.id for span in spans}
    below = [span for span in spans if (span.parent if span.parent in ids else None) == parent]
    for span in sorted(below, key=lambda span: span.began_ns):
        yield span, depth
        yield from walk(spans, span.id, depth + 1)


def _told(span: Span) -> str:
    told = [str(span.attributes[name]) for name in TOLD if name in span.attributes]
    return "  " + " ".join(["FAILED"] * span.is_failed + told) if told or span.is_failed else ""
