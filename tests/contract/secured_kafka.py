"""A broker as k8s/components/strimzi has it: TLS, a name and a password for each service, and its ACLs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from aik_events.log.admin import create_topics
from aik_events.log.connection import connection
from aik_events.log.port import LogUnavailable
from aik_events.settings import KafkaSettings
from aik_local.child import spawn
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.servers.kafka import ADMIN, Secured, prepare
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from tests.certificates import Authority

USERS = Path(__file__).parents[2] / "k8s" / "components" / "strimzi" / "users.yaml"
PATIENCE_S = 60
# Kafka's own numbers: org.apache.kafka.common.acl.AclOperation, resource.ResourceType, resource.PatternType
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
PATTERNS = {"literal": 3, "prefix": 4}
ALLOW = 3
Acl = tuple[int, str, int, str, str, int, int]


def users() -> Sequence[dict[str, Any]]:
    return list(yaml.safe_load_all(USERS.read_text("utf-8")))


def acls() -> list[Acl]:
    """What Strimzi's operator makes of the users."""
    return [
        _acl(user["metadata"]["name"], rule["resource"], operation)
        for user in users()
        for rule in user["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    ]


def _acl(user: str, resource: dict[str, str], operation: str) -> Acl:
    of = RESOURCES[resource["type"]], resource.get("name", "kafka-cluster")
    return *of, PATTERNS[resource.get("patternType", "literal")], f"User:{user}", "*", OPERATIONS[operation], ALLOW


@dataclass(frozen=True)
class SecuredKafka:
    """`passwords` by user: those of users.yaml, and ADMIN."""

    address: str
    authority: Path
    passwords: dict[str, str]

    def settings(self, user: str, **others: Any) -> KafkaSettings:
        """As this user has them, with others in their place."""
        told = {
            "kafka": self.address,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_ca": self.authority,
            "kafka_username": user,
            "kafka_password": self.passwords[user],
        }
        return KafkaSettings.model_validate({**told, **others})

    def environment(self, user: str) -> dict[str, str]:
        """The same as a process is told."""
        return {
            "AIK_KAFKA": self.address,
            "AIK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "AIK_KAFKA_CA": str(self.authority),
            "AIK_KAFKA_USERNAME": user,
            "AIK_KAFKA_PASSWORD": self.passwords[user],
        }


@asynccontextmanager
async def secured_kafka(folder: Path) -> AsyncIterator[SecuredKafka]:
    """A broker of one's own with the topics, which the operator has made."""
    authority = Authority(folder)
    certificate, key = authority.certificate()
    both = folder / "broker.pem"
    both.touch(0o600)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    passwords = {name: token_hex(16) for name in (ADMIN, *(user["metadata"]["name"] for user in users()))}
    layout = Layout(folder)
    kafka = prepare(layout, Ports(layout.ports, {}), Secured(both, authority.file, passwords))
    process = await spawn(kafka.program, folder / "kafka.out")
    secured = SecuredKafka(kafka.address, authority.file, passwords)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _when_it_answers(secured)
        yield secured
    finally:
        process.kill()
        await process.wait()


async def _when_it_answers(kafka: SecuredKafka) -> None:
    while True:
        try:
            await _allow(kafka.settings(ADMIN), acls())
            await create_topics(kafka.settings("aik-operator"), replication=1)
            return
        except LogUnavailable:
            await asyncio.sleep(0.2)


async def _allow(settings: KafkaSettings, rules: Sequence[Acl]) -> None:
    """aiokafka's admin knows the request and has no method for it."""
    client = AIOKafkaClient(**connection(settings))
    try:
        await client.bootstrap()
        answers = [await client.send(client.get_random_node(), CreateAclsRequest(*rule)) for rule in rules]
    except KafkaError as error:
        raise LogUnavailable(repr(error)) from error
    finally:
        await client.close()
    assert [why for answer in answers for code, why in answer.creation_responses if code] == []
