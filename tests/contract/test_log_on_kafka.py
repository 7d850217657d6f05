"""Apache Kafka keeps the contract of the Log port."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aik_events.log import Log
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.log_contract import LogContract
from aik_events.testing.log_reading import AppendRaw
from aiokafka import AIOKafkaProducer


class TestKafkaLog(LogContract):
    @pytest.fixture
    async def log(self, kafka: str) -> AsyncIterator[Log]:
        await create_topics(kafka, replication=1)
        log = KafkaLog(kafka, client_id="contract")
        yield log
        await log.close()

    @pytest.fixture
    def append_raw(self, kafka: str) -> AppendRaw:
        async def append(topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]) -> None:
            async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
                await producer.send_and_wait(topic, value, key, headers=list(headers.items()))

        return append
