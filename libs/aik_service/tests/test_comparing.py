"""Documents are compared field by field, files by their hash."""

from typing import Any

import pytest
from aik_service.rerun.comparing import Difference, FileCompared, FileSeen, compared_file, differences

ONE, OTHER = FileSeen(sha256="aa", size_bytes=1), FileSeen(sha256="bb", size_bytes=2)


@pytest.mark.parametrize(
    ("then", "now", "paths"),
    [
        ({"a": 1, "b": [1, {"c": None}]}, {"b": [1, {"c": None}], "a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": ("1", "2")}),
        (
            {"lines": [{"startMs": 1}, {"startMs": 5}]},
            {"lines": [{"startMs": 1}, {"startMs": 6}]},
            {"lines[1].startMs": ("5", "6")},
        ),
        ({"a": 1, "b": None}, {"c": [1], "a": 1}, {"c": ("absent", "[1]"), "b": ("null", "absent")}),
        ({"a": [1, 2, 3]}, {"a": [1]}, {"a[1]": ("2", "absent"), "a[2]": ("3", "absent")}),
        ({"a": []}, {"a": ["é"]}, {"a[0]": ("absent", '"é"')}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": ('{"b": 1}', "[1]")}),
        ({"a": 1}, {"a": True}, {"a": ("1", "true")}),
        ([1], [2], {"[0]": ("1", "2")}),
    ],
)
def test_every_field_that_differs_is_named_with_both_values(
    then: Any, now: Any, paths: dict[str, tuple[str, str]]
) -> None:
    expected = [Difference(path=path, then=before, now=after) for path, (before, after) in paths.items()]
    assert list(differences(then, now)) == expected


def test_a_file_is_the_same_when_its_hash_is() -> None:
    assert compared_file("qc", ONE, ONE) == FileCompared(kind="qc", outcome="identical", then=ONE, now=ONE)
    assert compared_file("qc", ONE, OTHER) == FileCompared(kind="qc", outcome="different", then=ONE, now=OTHER)
    assert compared_file("qc", ONE, None) == FileCompared(kind="qc", outcome="missing", then=ONE, now=None)
    assert compared_file("qc", None, ONE) == FileCompared(kind="qc", outcome="new", then=None, now=ONE)
