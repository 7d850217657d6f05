"""Running a command's work, and saying in one sentence why it can't be done."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import typer

from aik_events.cli.printing import echo, indented
from aik_events.environment import SettingsWrong, from_environment
from aik_events.log import AppendFailed, LogUnavailable, OutcomeUnknown
from aik_events.settings import KafkaSettings
from aik_events.telling.points import time_of

T = TypeVar("T")
MISUSED = 2

Sentences = Mapping[type[Exception], Callable[[Any], str]]
"""What to say of each kind of exception; of two that fit, the nearer one is taken."""


@contextmanager
def said(status: int, sentences: Sentences) -> Iterator[None]:
    """A sentence on stderr, and then this exit status; 2 for settings that are missing or wrong.

    What has no sentence comes through.
    """
    try:
        yield
    except SettingsWrong as error:
        misused(indented(str(error)))
    except tuple(sentences) as error:
        sentence = next(sentences[kind] for kind in type(error).__mro__ if kind in sentences)
        typer.echo(indented(sentence(error)), err=True)
        raise typer.Exit(status) from None


def _away(error: Exception) -> str:
    address = from_environment(KafkaSettings).kafka
    return f"Kafka at {address} is not available: start it, or set AIK_KAFKA to where it is. ({error})"


LOG_SENTENCES: Sentences = {
    LogUnavailable: _away,
    OutcomeUnknown: lambda error: f"Kafka does not say whether it has taken it: try again. ({error})",
    AppendFailed: lambda error: f"Kafka refuses it. ({error})",
}


def kafka() -> KafkaSettings:
    """The settings of the environment, or a sentence and exit status 2."""
    with said(MISUSED, {}):
        return from_environment(KafkaSettings)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result, or a sentence and exit status 1 when Kafka can't be reached."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with said(1, {**LOG_SENTENCES, OSError: lambda error: f"It can't go on: {error}"}):
        return asyncio.run(work)


async def all_of(found: AsyncIterator[T]) -> list[T]:
    return [each async for each in found]


def time(text: str | None) -> datetime | None:
    """A time as people write it, or a sentence and exit status 2."""
    try:
        return None if text is None else time_of(text, datetime.now(UTC))
    except ValueError:
        misused(f"{text} is no time: write it as 2026-11-29T12:00, in UTC, or as 15m for a quarter of an hour ago")


def milliseconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp() * 1000)


def fail(sentence: str) -> NoReturn:
    echo(sentence, err=True)
    raise typer.Exit(1)


def misused(sentence: str) -> NoReturn:
    echo(sentence, err=True)
    raise typer.Exit(MISUSED)
