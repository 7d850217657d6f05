"""A pytest plugin: after the run, one table a port, its rules down and its engines across."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.engines.contract.separator", "tests.engines.contract.transcriber")
pytest.register_assert_rewrite("tests.engines.contract.aligner")

Kept = Mapping[str, Mapping[str, bool]]
"""By rule and engine; a rule with several cases is kept when all of them are."""


def table(port: str, kept: Kept) -> Iterator[str]:
    """Lines of text; "-" where an engine was not asked."""
    engines = list(dict.fromkeys(engine for answers in kept.values() for engine in answers))
    width = max(len(port), *map(len, kept))
    yield "  ".join([port.ljust(width), *engines])
    words = {True: "kept", False: "BROKEN", None: "-"}
    for rule, answers in kept.items():
        cells = [words[answers.get(engine)].ljust(len(engine)) for engine in engines]
        yield "  ".join([rule.ljust(width), *cells]).rstrip()


class Results:
    """Whatever runs in a class that has a `port` and an `engine_name`."""

    def __init__(self) -> None:
        self.ports: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))

    def note(self, item: pytest.Item, passed: bool) -> None:
        asked = getattr(item, "cls", None)
        port, engine = getattr(asked, "port", None), getattr(asked, "engine_name", None)
        if port is None or engine is None:
            return
        rule = getattr(item, "originalname", item.name).removeprefix("test_").replace("_", " ")
        if rule.replace(" ", "_") in {name.removeprefix("test_") for name in vars(asked)}:
            return  # The engine's own, not the port's.
        answers = self.ports[port][rule]
        answers[engine] = passed and answers.get(engine, True)


RESULTS = pytest.StashKey[Results]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RESULTS] = Results()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or not report.passed:
        item.config.stash[RESULTS].note(item, report.passed)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for port, kept in config.stash[RESULTS].ports.items():
        terminalreporter.section(f"rules of the port {port}")
        for line in table(port, kept):
            terminalreporter.write_line(line)
