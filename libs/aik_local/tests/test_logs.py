"""Following logs."""

from collections.abc import Callable, Iterator
from pathlib import Path

from aik_local.logs import follow, turn


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def followed(log: Path, *happens: Callable[[], object]) -> list[tuple[str, str]]:
    """What is said while these things happen, one each time that there is nothing new."""
    left: Iterator[Callable[[], object]] = iter(happens)

    def sleep(seconds: float) -> None:
        for happen in left:
            happen()
            return
        raise EOFError

    found = []
    try:
        for line in follow([log], sleep):
            found.append(line)
    except EOFError:
        return found
    raise AssertionError("it ended")


def test_only_whole_new_lines_are_followed(tmp_path: Path) -> None:
    log = tmp_path / "qc.log"
    log.write_text("old\n")
    found = followed(log, lambda: append(log, "one\ntw"), lambda: append(log, "o\n"), lambda: None)
    assert found == [("qc", "one"), ("qc", "two")]


def test_a_log_that_is_turned_is_followed_on_with_nothing_lost(tmp_path: Path) -> None:
    log = tmp_path / "qc.log"
    log.write_text("a long line of the first run\n")

    def restart() -> None:
        append(log, "last\n")
        turn(log)

    found = followed(log, restart, lambda: append(log, "first\n"), lambda: append(log, "second\n"), lambda: None)
    assert found == [("qc", "last"), ("qc", "first"), ("qc", "second")]


def test_a_log_that_is_emptied_is_followed_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "topics.log"
    log.write_text("a long line of the first run\n")
    found = followed(log, lambda: log.write_text("new\n"), lambda: None)
    assert found == [("topics", "new")]
