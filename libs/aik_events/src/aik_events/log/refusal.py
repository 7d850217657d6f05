"""Why no broker can be reached: aiokafka tells that to its own log alone."""

from asyncio import timeout
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from aik_events.log.connection import Servers, address_of, connection

PATIENCE_S = 3.0
BOOTSTRAP = "Unable to bootstrap"
"""How aiokafka begins when no broker let it in."""
WANTED = "it may want TLS, or a name and a password: see AIK_KAFKA_SECURITY_PROTOCOL"


async def why(servers: Servers, error: KafkaError) -> str:
    """What a person is told of this error; where it has no cause, the first broker that tells one is asked for it."""
    if type(error) is not KafkaConnectionError or BOOTSTRAP not in str(error):
        return repr(error)
    arguments = {name: value for name, value in connection(servers).items() if name != "bootstrap_servers"}
    for host, port, _ in collect_hosts(address_of(servers)):
        cause = await _cause(host, port, arguments)
        if cause is not None:
            return f"{host}:{port}: {cause}"
    return repr(error)


async def _cause(host: str, port: int, arguments: dict[str, Any]) -> str | None:
    try:
        async with timeout(PATIENCE_S):
            connected = await create_conn(host, port, **arguments)
            try:
                await connected.send(MetadataRequest([]))
            finally:
                connected.close()
    except KafkaConnectionError:
        return f"the broker hangs up; {WANTED}"
    except TimeoutError:
        return f"no answer within {PATIENCE_S:g} s"
    except (OSError, KafkaError) as error:
        return str(error)
    return None
