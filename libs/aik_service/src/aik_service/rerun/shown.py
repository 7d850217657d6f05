"""Measurements as lines for a terminal: long values cut, many of them capped."""

from collections.abc import Iterator, Sequence

from aik_service.rerun.comparing import Difference

MOST = 20
"""So many differences of a kind are shown; --json has all."""
WIDEST = 100


def differing(found: Sequence[Difference]) -> Iterator[str]:
    yield from capped([f"{each.path}: {cut(each.then)} → {cut(each.now)}" for each in found])


def capped(lines: Sequence[str]) -> Iterator[str]:
    """Indented; of many the first ones, and how many there are."""
    yield from (f"    {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"    … {len(lines)} in all; `--json` shows them"


def cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
