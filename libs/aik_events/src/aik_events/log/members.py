"""Who reads the log now, by Kafka's groups."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable

PREFIX = "aik-"
"""Every service of AIK reads by a group of this prefix."""


class ServicesRunning(Exception):
    """Services read this log, and would act on half of what is imported: stop them first."""

    code = "services-running"


async def check_nobody_reads(servers: Servers) -> None:
    """Raises ServicesRunning, which names the groups that have members; LogUnavailable.

    A service that was killed is a member until its session is over, some seconds later.
    """
    groups = await _groups_with_members(servers)
    if groups:
        raise ServicesRunning(", ".join(groups))


async def _groups_with_members(servers: Servers) -> list[str]:
    admin = AIOKafkaAdminClient(**connection(servers))
    try:
        await admin.start()
        names = [name for name, *_ in await admin.list_consumer_groups() if name.startswith(PREFIX)]
        found = [group for answer in await admin.describe_consumer_groups(names) for group in answer.groups]
    except KafkaError as error:
        raise LogUnavailable(repr(error)) from error
    finally:
        await admin.close()
    for code, name, *_ in found:
        if code:
            raise LogUnavailable(f"group {name}: {for_code(code).__name__}")
    return sorted(name for _, name, _, _, _, members, *_ in found if members)
