"""Who reads the log now, by Kafka's groups; and waiting until nobody does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable
from aik_events.log.refusal import why

PREFIX = "aik-"
"""Every service of AIK reads by a group of this prefix."""
LOOK_AGAIN_S = 1.0
WAIT_S = 30.0
"""A member that was killed counts until its session is over; services have sessions of 10 s."""

Sleep = Callable[[float], Awaitable[object]]
Tell = Callable[[Sequence[str]], None]
"""Is told, once, the groups that are waited for."""


class ServicesRunning(Exception):
    """Services read this log, and would act on half of what is imported: stop them first."""

    code = "services-running"


def readers(members: Mapping[str, int]) -> Sequence[str]:
    """Those of these groups that have members, by their numbers."""
    return sorted(group for group, count in members.items() if count)


def must_wait(reading: Sequence[str], waited_s: float, most_s: float) -> bool:
    """Whether to look again later; False: nobody reads. Raises ServicesRunning, naming them, after `most_s` seconds."""
    if reading and waited_s >= most_s:
        raise ServicesRunning(", ".join(reading))
    return bool(reading)


async def until_nobody_reads(
    look: Callable[[], Awaitable[Mapping[str, int]]],
    *,
    most_s: float = WAIT_S,
    tell: Tell,
    clock: Callable[[], float] = monotonic,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Returns as soon as no group has members; `look` gives their numbers. Whoever comes later is not seen by it.

    Raises ServicesRunning after `most_s` seconds.
    """
    began, told = clock(), False
    while must_wait(reading := readers(await look()), clock() - began, most_s):
        if not told:
            tell(reading)
        told = True
        await sleep(LOOK_AGAIN_S)


async def members_of_services(servers: Servers) -> Mapping[str, int]:
    """How many members each group of AIK's services has. Raises LogUnavailable."""
    admin = AIOKafkaAdminClient(**connection(servers))
    try:
        await admin.start()
        names = [name for name, *_ in await admin.list_consumer_groups() if name.startswith(PREFIX)]
        # One at a time: aiokafka reads an answer of version 3 by the schema of version 2, and loses all but the first.
        answers = [answer for name in names for answer in await admin.describe_consumer_groups([name])]
    except KafkaError as error:
        raise LogUnavailable(await why(servers, error)) from error
    finally:
        await admin.close()
    found = [group for answer in answers for group in answer.groups]
    for code, name, *_ in found:
        if code:
            raise LogUnavailable(f"group {name}: {for_code(code).__name__}")
    return {name: len(members) for _, name, _, _, _, members, *_ in found}
