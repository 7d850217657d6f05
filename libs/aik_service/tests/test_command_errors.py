"""What a service's commands say instead of a traceback."""

import pytest
import typer
from aik_service.command_errors import said
from aik_service.database import NewerServes


def test_older_code_that_must_not_write_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, said(1):
        raise NewerServes
    assert (ended.value.exit_code, capsys.readouterr().err) == (1, f"{NewerServes.__doc__}\n")
