"""Kafka with TLS, names, passwords and the ACLs of k8s/: every service may do what it does, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aik_events.cli import app
from aik_events.envelope import Partition, Record
from aik_events.log import AppendFailed, Batch, Log, LogUnavailable
from aik_events.log.admin import committed_offsets, create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.settings import KafkaSettings
from aik_events.testing.author import Author
from aik_events.testing.group_contract import GroupContract
from aik_events.testing.log_contract import LogContract
from aik_events.testing.log_reading import AppendRaw
from aik_events.topics import TOPICS, TRACKS, WEBHOOKS, Topic
from aik_local.testing import temporary_folder
from aiokafka.errors import TopicAuthorizationFailedError
from typer.testing import CliRunner

from tests.certificates import Authority
from tests.contract.secured_kafka import SecuredKafka, secured_kafka

SERVICES = ("gateway", "separator", "asr", "aligner", "qc", "publisher", "notifier")
USERS = (*SERVICES, "operator")
PATIENCE_S = 30
BROKEN = Record(Partition(TRACKS, 0), 1, b"key", b"no event", {})


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[SecuredKafka]:
    """Its loop has nothing to do once it runs: every test has one of its own."""
    with asyncio.Runner() as runner:
        entered = secured_kafka(folder)
        yield runner.run(entered.__aenter__())
        runner.run(entered.__aexit__(None, None, None))


@asynccontextmanager
async def log_of(broker: SecuredKafka, service: str, **settings: Any) -> AsyncIterator[KafkaLog]:
    log = KafkaLog(broker.settings(f"aik-{service}", **settings), client_id=service)
    yield log
    await log.close()


class TestLogOfTheOperator(LogContract):
    @pytest.fixture
    async def log(self, broker: SecuredKafka) -> AsyncIterator[Log]:
        async with log_of(broker, "operator") as log:
            yield log

    @pytest.fixture
    def append_raw(self, broker: SecuredKafka) -> AppendRaw:
        async def append(topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]) -> None:
            async with log_of(broker, "operator") as log:
                await log.copy(Record(BROKEN.partition, 1, key, value, dict(headers)), topic, {})

        return append


@pytest.mark.parametrize("service", ["gateway", "separator"])
class TestLogOfAService(GroupContract):
    @pytest.fixture
    async def log(self, broker: SecuredKafka, service: str) -> AsyncIterator[Log]:
        async with log_of(broker, service) as log:
            yield log

    @pytest.fixture
    def group(self, service: str) -> str:
        return f"aik-{service}.{service}_v1"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
@pytest.mark.parametrize("user", USERS)
async def test_a_topic_is_appended_to_and_read_by_those_that_are_named_for_it(
    broker: SecuredKafka, user: str, topic: Topic
) -> None:
    async with log_of(broker, "operator") as operator:
        await operator.copy(BROKEN, topic.name, {})
    async with log_of(broker, user) as log:
        may = await writes(log, topic.name), await reads(log, topic.name, None)
    assert may == (user in (*topic.writers, "operator"), user in (*topic.readers, "operator"))


@pytest.mark.parametrize("user", USERS)
async def test_nobody_reads_as_a_member_of_another_service_s_group(broker: SecuredKafka, user: str) -> None:
    async with log_of(broker, user) as log:
        joined = [service for service in SERVICES if await reads(log, TRACKS, f"aik-{service}.{service}_v1")]
    assert joined == (list(SERVICES) if user == "operator" else [user])


async def test_a_group_whose_name_only_begins_like_a_service_s_is_nobody_s(broker: SecuredKafka) -> None:
    async with log_of(broker, "qc") as log:
        assert not await reads(log, TRACKS, "aik-qc2.qc_v1")


async def test_a_separator_may_not_write_webhooks_and_goes_on_with_what_it_may(broker: SecuredKafka) -> None:
    author = Author(f"trk_{uuid4().hex}")
    async with log_of(broker, "separator") as log:
        for _ in range(2):
            with pytest.raises(AppendFailed, match=WEBHOOKS) as refused:
                await log.append(author.dropped(WEBHOOKS, 0, 7))
            assert isinstance(refused.value.__cause__, TopicAuthorizationFailedError)
            await log.append(author.imported())


async def test_a_notifier_may_read_tracks_but_not_give_up_a_record_there(broker: SecuredKafka) -> None:
    dropped = Author(f"trk_{uuid4().hex}").dropped(TRACKS, 0, 7)
    async with log_of(broker, "notifier") as log, log_of(broker, "operator") as operator:
        with pytest.raises(AppendFailed, match=TRACKS):
            await log.append(dropped)
        await operator.append(dropped)


async def test_only_the_operator_makes_topics(broker: SecuredKafka) -> None:
    for service in SERVICES:
        with pytest.raises(LogUnavailable, match="TopicAuthorizationFailedError"):
            await create_topics(broker.settings(f"aik-{service}"), replication=1)
    assert await create_topics(broker.settings("aik-operator"), replication=1) == []


async def test_the_operator_sees_how_far_each_group_is(broker: SecuredKafka) -> None:
    async with log_of(broker, "qc") as log:
        await log.append(Author(f"trk_{uuid4().hex}").imported())
        assert await reads(log, TRACKS, "aik-qc.qc_v1")
    groups = {group for group, _ in await committed_offsets(broker.settings("aik-operator"), [TRACKS])}
    assert "aik-qc.qc_v1" in groups


async def test_whoever_is_let_in_sees_the_same_cluster(broker: SecuredKafka) -> None:
    async with log_of(broker, "operator") as operator, log_of(broker, "notifier") as notifier:
        assert await operator.identity() == await notifier.identity() != ""


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong password": ({"kafka_password": "wrong"}, "Authentication failed"),
    "an unknown name": ({"kafka_username": "nobody"}, "Authentication failed"),
    "the system's authorities": ({"kafka_ca": None}, "certificate verify failed: unable to get local issuer"),
    "another mechanism": ({"kafka_sasl_mechanism": "SCRAM-SHA-256"}, "UnsupportedSaslMechanism"),
    "no password": (
        {"kafka_security_protocol": "SSL", "kafka_username": None, "kafka_password": None},
        "AIK_KAFKA_SECURITY_PROTOCOL",
    ),
}


@pytest.mark.parametrize("settings", WRONG)
async def test_who_comes_with_something_else_is_refused_and_told_why(broker: SecuredKafka, settings: str) -> None:
    wrong, problem = WRONG[settings]
    async with log_of(broker, "separator", **wrong) as log:
        await refuses(log, problem)


async def test_who_comes_in_the_clear_is_refused_and_told_why(broker: SecuredKafka) -> None:
    log = KafkaLog(KafkaSettings(kafka=broker.address), client_id="clear")
    await refuses(log, "AIK_KAFKA_SECURITY_PROTOCOL")


async def test_a_broker_with_another_authority_s_certificate_is_not_believed(
    broker: SecuredKafka, tmp_path: Path
) -> None:
    async with log_of(broker, "separator", kafka_ca=Authority(tmp_path, "other").file) as log:
        await refuses(log, "certificate verify failed")


async def test_a_broker_under_another_name_than_its_certificate_s_is_not_believed(broker: SecuredKafka) -> None:
    elsewhere = broker.address.replace("127.0.0.1", "localhost")
    async with log_of(broker, "separator", kafka=elsewhere) as log:
        await refuses(log, "certificate is not valid for 'localhost'")


def test_a_command_says_why_it_was_refused(broker: SecuredKafka) -> None:
    environment = {**broker.environment("aik-operator"), "AIK_KAFKA_PASSWORD": "wrong"}
    told = CliRunner().invoke(app, ["story", "trk_1"], env=environment)
    assert told.exit_code != 0
    assert "Authentication failed" in told.output


def test_the_operator_s_command_finds_the_topics_by_its_environment(broker: SecuredKafka) -> None:
    told = CliRunner().invoke(app, ["topics", "create"], env=broker.environment("aik-operator"))
    assert told.exit_code == 0, told.output


async def refuses(log: KafkaLog, problem: str) -> None:
    for attempt in (log.identity(), log.ends([TRACKS]), log.append(Author("trk_refused").imported())):
        with pytest.raises(LogUnavailable, match=problem):
            await attempt


async def writes(log: KafkaLog, topic: str) -> bool:
    try:
        await log.copy(BROKEN, topic, {})
    except AppendFailed as error:
        if not isinstance(error.__cause__, TopicAuthorizationFailedError):
            raise
        return False
    return True


async def reads(log: KafkaLog, topic: str, group: str | None) -> bool:
    """Whether a record comes; there is one."""

    async def start(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return dict.fromkeys(partitions, 0)

    async def first() -> Batch:
        async with log.read([topic], group=group, start=start) as reader:
            async for batch in reader:
                return batch
        raise AssertionError

    try:
        async with asyncio.timeout(PATIENCE_S):
            await first()
    except LogUnavailable as error:
        if "AuthorizationFailedError" not in str(error):
            raise
        return False
    return True
