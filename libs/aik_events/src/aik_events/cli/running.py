"""Running a command's work, and saying in one sentence why it can't be done."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from aik_events.log import LogUnavailable
from aik_events.settings import KafkaSettings
from aik_events.telling.points import time_of

T = TypeVar("T")
MISUSED = 2


def kafka() -> KafkaSettings:
    """The settings of the environment, or a sentence and exit status 2."""
    try:
        return KafkaSettings()
    except ValidationError as error:
        misused(f"The settings of Kafka (AIK_KAFKA…) are wrong: {'; '.join(map(_problem, error.errors()))}")


def _problem(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    return f"AIK_{name}: {error['msg']}" if name else str(error["msg"]).removeprefix("Value error, ")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result, or a sentence and exit status 1 when Kafka can't be reached."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except LogUnavailable as error:
        fail(f"Kafka at {kafka().kafka} is not available: start it, or set AIK_KAFKA to where it is. ({error})")
    except OSError as error:
        fail(f"It can't go on: {error}")


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
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def misused(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(MISUSED)
