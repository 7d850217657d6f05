"""Handlers and engines by name, where a package that one of them needs may not be installed."""

from pathlib import Path

import pytest
from aik_service.by_name import PackageMissing, load
from aik_service.step import BadInput


def test_a_name_is_what_it_names() -> None:
    assert load("aik_service.step:BadInput") is BadInput


def test_what_is_not_installed_is_said_and_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needy_engine.py").write_text("import a_package_that_is_nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PackageMissing, match=r"^needy_engine needs a_package_that_is_nowhere, which is not installed"):
        load("needy_engine:load")
