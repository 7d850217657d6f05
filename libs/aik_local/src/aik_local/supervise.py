"""`python -m aik_local.supervise`: the supervisor as a process of its own."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from aik_local import processes
from aik_local.errors import LocalError
from aik_local.layout import CACHES, Layout
from aik_local.supervisor import WANTED_PORTS, Supervisor

log = logging.getLogger("aik_local.supervise")


def main() -> None:
    arguments = _parser().parse_args()
    layout = Layout(arguments.root)
    names = () if arguments.servers_only or arguments.no_services else processes.discovered()
    topics = () if arguments.servers_only else processes.create_topics_command()
    ports = {} if arguments.owned else WANTED_PORTS
    sys.exit(supervise(Supervisor(layout, names, topics, ports), owned=arguments.owned))


def supervise(supervisor: Supervisor, *, owned: bool = False) -> int:
    """Runs until SIGINT, SIGTERM or SIGHUP, or the end of stdin when `owned`; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(_run(supervisor, owned))
    except LocalError as error:
        log.error("%s", error)
        return 1
    except ExceptionGroup as group:
        for one in group.exceptions:
            log.error("%s", one, exc_info=None if isinstance(one, LocalError) else one)
        return 1
    return 0


async def _run(supervisor: Supervisor, owned: bool) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(one, told.set)
    if owned:
        loop.add_reader(sys.stdin.fileno(), told.set)
    await supervisor.run(told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=CACHES, help="the folder of this suite")
    parser.add_argument("--servers-only", action="store_true", help="no topics and no aik processes")
    parser.add_argument("--no-services", action="store_true", help="servers and topics, no aik processes")
    parser.add_argument("--owned", action="store_true", help="ends when stdin ends; leaves well-known ports alone")
    return parser


if __name__ == "__main__":
    main()
