"""How a command says why it can't be done: one sentence on stderr, and an exit status."""

from collections.abc import Callable
from typing import NoReturn

import pytest
import typer
from aik_events.cli.running import Sentences, fail, misused, said
from aik_events.environment import SettingsWrong

SENTENCES: Sentences = {OSError: lambda error: "something is away", ConnectionError: str}


def ended(error: Exception, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(typer.Exit) as end, said(1, SENTENCES):
        raise error
    return end.value.exit_code, capsys.readouterr().err


def test_the_nearest_kind_of_exception_has_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(ConnectionResetError("it hung up"), capsys) == (1, "it hung up\n")
    assert ended(FileNotFoundError("x"), capsys) == (1, "something is away\n")


def test_wrong_settings_are_misuse_whatever_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(SettingsWrong("AIK_KEY is not set"), capsys) == (2, "AIK_KEY is not set\n")


def test_what_has_no_sentence_comes_through() -> None:
    with pytest.raises(ValueError, match="a mistake of ours"), said(1, SENTENCES):
        raise ValueError("a mistake of ours")


def test_what_an_exception_says_is_no_command_to_the_terminal_and_no_line_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said_of_it = ended(ConnectionResetError("no\x1b[2J\u202e\nforged"), capsys)
    assert said_of_it == (1, "no\\u001b[2J\\u202e\n    forged\n")
    assert ended(SettingsWrong("no\x9b2J\nforged"), capsys) == (2, "no\\u009b2J\n    forged\n")


@pytest.mark.parametrize("end", [fail, misused])
def test_nor_is_what_somebody_typed(end: Callable[[str], NoReturn], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        end("There is no \x1b[2J.")
    assert capsys.readouterr().err == "There is no \\u001b[2J.\n"
