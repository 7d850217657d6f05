"""Running a command's work, and saying in one sentence why it can't be done."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from aik_events.log import LogUnavailable
from aik_events.settings import KafkaSettings

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result, or a sentence and exit status 1 when Kafka can't be reached."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except LogUnavailable as error:
        here = KafkaSettings().kafka
        fail(f"Kafka at {here} is not available: start it, or set AIK_KAFKA to where it is. ({error})")


def fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
