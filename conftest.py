"""How tests are shared out to the workers of `make test`: file by file, and all that use the whole suite to one."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

WHOLE_SUITE = "tests/e2e"


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return WHOLE_SUITE if nodeid.startswith(f"{WHOLE_SUITE}/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # else the long ones, which are few, come last
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker is long at the whole suite: it begins with that, so that it does not end after all the others."""
    items.sort(key=lambda item: not item.nodeid.startswith(f"{WHOLE_SUITE}/"))
