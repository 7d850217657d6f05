"""How tests are shared out to the workers of `make test`, and which servers they use."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.servers import choice
from tests.servers.errors import CannotTest

WHOLE_SUITE = "tests/e2e"
"""Its files share one suite, so one worker has them all."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return WHOLE_SUITE if nodeid.startswith(f"{WHOLE_SUITE}/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # else the long ones, which are few, come last
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker is long at the whole suite: it begins with that, so that it does not end after all the others."""
    items.sort(key=lambda item: not item.nodeid.startswith(f"{WHOLE_SUITE}/"))


def pytest_configure(config: pytest.Config) -> None:
    """What can't be is said before the first test."""
    try:
        choice.check(os.environ, config.getoption("numprocesses", None) or 1)
    except CannotTest as error:
        raise pytest.UsageError(str(error)) from error


def pytest_terminal_summary(terminalreporter: Any) -> None:
    chosen = choice.chosen(os.environ)
    if chosen is not choice.Choice.EMBEDDED:
        always = ", ".join(choice.ALWAYS_EMBEDDED)
        terminalreporter.write_line(f"Servers: {chosen}; embedded ones, as always, for {always}.")


@pytest.fixture(scope="session", autouse=True)
def environment_of_the_run() -> Iterator[Mapping[str, str]]:
    """The environment of this run. What it says of servers is taken out of it, or tests would find it by chance."""
    told = dict(os.environ)
    for name in choice.taken_out(told):
        del os.environ[name]
    yield told
    os.environ.update(told)
