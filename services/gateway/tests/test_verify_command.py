"""What `aik-gateway verify-objects` prints of keys, of which a part is a client's file name."""

import pytest
from aik_gateway.cli.verify import show
from aik_gateway.verifying import Verified, Wrong
from aik_service.testing.spoilt import SPOILT, is_harmless

FOUND = Verified(
    aggregates=1,
    objects=2,
    size_bytes=5,
    hashed=False,
    wrong=(Wrong(owner=SPOILT, kind=SPOILT, key=SPOILT, problem="size", named="1", found="2"),),
)


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_what_is_wrong_is_harmless(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    show(FOUND, as_json=as_json)
    assert is_harmless(capsys.readouterr().out)


def test_each_is_one_line_and_the_sum_another(capsys: pytest.CaptureFixture[str]) -> None:
    show(FOUND, as_json=False)
    first, last = capsys.readouterr().out.splitlines()
    assert (first[:4], last) == ("size", "2 objects (5 bytes) of 1 asset or track, by size: 1 wrong")
