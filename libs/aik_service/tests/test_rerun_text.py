"""What a rerun prints of the log and of documents: as text."""

from datetime import UTC, datetime

import pytest
from aik_service.rerun.again import Rerun
from aik_service.rerun.comparing import Difference, FileCompared, FileSeen
from aik_service.rerun.sides import Side
from aik_service.rerun.text import show
from aik_service.testing.spoilt import SPOILT, is_harmless

DIFFERENCE = Difference(path=SPOILT, then=SPOILT, now=SPOILT)
ENGINE = {"name": SPOILT, "version": SPOILT}
SIDE = Side(outcome=SPOILT, facts={SPOILT: SPOILT}, engine=ENGINE, recipe=SPOILT, files={})
RERUN = Rerun(
    track=SPOILT,
    step="align",
    version=1,
    job=SPOILT,
    run=1,
    wanted_at=1,
    wanted_time=datetime(2026, 11, 29, tzinfo=UTC),
    told_at=2,
    inputs={SPOILT: SPOILT},
    then=SIDE,
    now=SIDE,
    outcome=(DIFFERENCE,),
    engine=(DIFFERENCE,),
    files=(
        FileCompared(
            kind=SPOILT, outcome="new", then=None, now=FileSeen(sha256="0", size_bytes=1), differences=(DIFFERENCE,)
        ),
    ),
)


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_a_rerun_is_harmless(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    show(RERUN, as_json=as_json)
    assert is_harmless(capsys.readouterr().out)
