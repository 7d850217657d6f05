"""Weights from packages: put together once, and only when they are the right ones."""

import json
from pathlib import Path

import pytest
from aik_service.models import WeightsDamaged, check, package_folder, prepared, with_first_merge

HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_a_folder_is_written_once(tmp_path: Path) -> None:
    for text in ("first", "second"):
        prepared(tmp_path / "model", lambda folder, text=text: (folder / "weights").write_text(text))  # type: ignore[misc]
    assert (tmp_path / "model" / "weights").read_text() == "first"


def test_a_folder_that_could_not_be_written_is_not_there(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "weights").write_text("half")
        raise WeightsDamaged

    with pytest.raises(WeightsDamaged):
        prepared(tmp_path / "model", fail)
    assert list(tmp_path.iterdir()) == []


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("hello")
    assert check(tmp_path / "weights", HELLO_SHA256) == tmp_path / "weights"
    (tmp_path / "weights").write_text("hullo")
    with pytest.raises(WeightsDamaged, match=r"weights has sha256 .*, expected 2cf24dba"):
        check(tmp_path / "weights", HELLO_SHA256)


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(WeightsDamaged, match="no_such_package is not installed"):
        package_folder("no_such_package")


@pytest.mark.parametrize("merges", [["a b"], ["Ġ t", "a b"]])
def test_the_tokenizer_has_its_first_merge_once(merges: list[str]) -> None:
    repaired = json.loads(with_first_merge(json.dumps({"model": {"merges": merges}})))
    assert repaired["model"]["merges"] == ["Ġ t", "a b"]
