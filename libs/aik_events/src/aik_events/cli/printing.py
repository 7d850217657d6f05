"""What a record says, put on a terminal: as text, never as commands to it."""

import re
from collections.abc import Iterable

import typer
from rich.console import Console
from rich.text import Text

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends among them; what turns the direction of writing; halves of characters."""


def one_line(text: str) -> str:
    """Such characters as \\u001b, as JSON writes them: in its strings they mean what they meant."""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def in_lines(lines: Iterable[str]) -> str:
    """One below the other; a line end within one of them is no line end."""
    return "\n".join(map(one_line, lines))


def counted(count: int, one: str, many: str | None = None) -> str:
    """“1 track”, “2 tracks”; `many` where an s isn't all."""
    return f"{count} {one}" if count == 1 else f"{count} {many or f'{one}s'}"


def indented(sentence: str) -> str:
    """What an exception says: its later lines are indented, so that none of them looks like a line of ours."""
    return in_lines(sentence.replace("\n", "\n    ").split("\n"))


def echo(document: str, *, err: bool = False) -> None:
    """JSON, or sentences, whose line ends are meant."""
    typer.echo(in_lines(document.split("\n")), err=err)


def show(console: Console, line: str, style: str = "") -> None:
    """One line, readable at any width. As text, since rich would take a title like "[b]" for its own markup."""
    console.print(Text(one_line(line)), style=style, soft_wrap=True)
