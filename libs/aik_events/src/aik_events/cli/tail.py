"""`aik-events tail`: what comes into the log, as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Annotated

import typer
from rich.console import Console

from aik_events.cli.entries import AsJson, Bodies, Client, Topics, Trace, Types, show, topics_of
from aik_events.cli.running import kafka, milliseconds, run, time
from aik_events.log.scan import Window, follow, partitions_of
from aik_events.settings import KafkaSettings
from aik_events.telling.entries import Entry, Wanted, entry_of

JUST_NOW = Window(last=0)


def tail(
    since: Annotated[str | None, typer.Option(help="Begin at this time, 15m ago, or, as -20, 20 records ago.")] = None,
    types: Types = None,
    track: Annotated[str | None, typer.Option(help="Of this track, deliveries about it too.")] = None,
    client: Client = None,
    trace: Trace = None,
    topics: Topics = None,
    wait: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait for more, or end where the log ends.")
    ] = True,
    body: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """Print records as they come into the log, from now on or from an earlier moment; Ctrl-C ends it."""
    wanted = Wanted(types=tuple(types or ()), track=track, client=client, trace=trace)
    console, last = Console(highlight=False), _count(since)
    window = Window(last=last) if last else Window(since_ms=milliseconds(time(since))) if since else JUST_NOW
    work = _tail(
        kafka(), topics_of(topics), window, wanted, wait, lambda e: show(console, e, as_json=as_json, body=body)
    )
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        run(work)


def _count(since: str | None) -> int:
    """How many records ago; 0 for a time."""
    return int(since[1:]) if since and since.startswith("-") and since[1:].isdecimal() else 0


async def _tail(
    settings: KafkaSettings,
    topics: Sequence[str],
    window: Window,
    wanted: Wanted,
    wait: bool,
    print_: Callable[[Entry], None],
) -> None:
    """Of the last records of every partition only so many are printed as were asked for, and then all that come."""
    earlier: deque[Entry] | None = deque(maxlen=window.last) if window.last else None
    async with aclosing(follow(settings, await partitions_of(settings, topics), window)) as records:
        async for stored in records:
            if stored is None:
                for entry in earlier or ():
                    print_(entry)
                earlier = None
                if not wait:
                    return
            elif wanted.is_this(entry := entry_of(stored)):
                print_(entry) if earlier is None else earlier.append(entry)
