"""The table of problem codes in docs/api.md is the one in the code."""

from pathlib import Path

from aik_gateway.problems import CODES

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def test_every_code_is_documented_with_its_status_and_title_and_what_to_do() -> None:
    known = [f"| {status} | `{code}` | {title} |" for code, (status, title) in CODES.items()]
    documented = [line for line in DOCUMENT.read_text().splitlines() if line.startswith(("| 4", "| 5"))]
    told = [line.removesuffix(" |").rpartition(" | ") for line in documented]
    assert sorted(f"{row} |" for row, _, _ in told) == sorted(known)
    assert all(advice for _, _, advice in told)
