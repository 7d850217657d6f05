"""What was measured to a report with a verdict."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from aik_qc.codes import Policy
from aik_qc.report import Finding, LineFinding, Numbers, Report
from aik_qc.rules import Rule, rules
from aik_qc.settings import QcSettings
from aik_qc.words import LineWords

_COSTS: Mapping[Policy, float] = {"publish": 0.0, "warn": 0.15, "fail": 0.6}


def report_of(numbers: Numbers, lines: Mapping[str, LineWords], limits: QcSettings) -> Report:
    """The verdict is the worst of the findings'; a line is there if something is to be seen in it."""
    found = tuple(_findings(numbers, lines, limits))
    spoken = [finding for finding in found if finding.verdict != "publish"]
    return Report(
        verdict=_worst(found),
        score=score(found),
        codes=tuple(finding.code for finding in spoken),
        findings=found,
        lines=tuple(
            LineFinding(line_id=i, codes=one.codes, numbers=one.numbers) for i, one in lines.items() if one.codes
        ),
        numbers=numbers,
    )


def score(findings: Sequence[Finding]) -> float:
    """1 for a good track; every warning and failure takes something away, down to 0."""
    return round(max(0.0, 1.0 - sum(_COSTS[finding.verdict] for finding in findings)), 2)


def _findings(numbers: Numbers, lines: Mapping[str, LineWords], limits: QcSettings) -> Iterator[Finding]:
    for rule in rules(numbers, limits):
        judged = _judged(rule, limits)
        if judged is not None:
            verdict, limit = judged
            yield Finding(
                code=rule.code,
                verdict=verdict,
                detail=rule.detail,
                value=rule.value,
                limit=limit,
                lines=tuple(line_id for line_id, line in lines.items() if rule.code in line.codes),
            )


def _judged(rule: Rule, limits: QcSettings) -> tuple[Policy, float | None] | None:
    """The verdict, and the limit that was passed; what was decided about a code counts from its first limit on."""
    decided = limits.decided(rule.code)
    if rule.passes(rule.fail):
        return decided or "fail", rule.fail
    if rule.passes(rule.warn):
        return decided or "warn", rule.warn
    return None


def _worst(findings: Sequence[Finding]) -> Literal["pass", "warn", "fail"]:
    verdicts = {finding.verdict for finding in findings}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "pass"
