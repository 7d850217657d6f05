"""The log in memory keeps the contract of the Log port."""

from collections.abc import Mapping

import pytest
from aik_events.log import Log
from aik_events.log.memory import MemoryLog
from aik_events.testing.log_contract import LogContract
from aik_events.testing.log_reading import AppendRaw


class TestMemoryLog(LogContract):
    @pytest.fixture
    def log(self) -> Log:
        return MemoryLog()

    @pytest.fixture
    def append_raw(self, log: Log) -> AppendRaw:
        async def append(topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]) -> None:
            assert isinstance(log, MemoryLog)
            await log.append_raw(log.partition_of(topic, key.decode()), key, value, headers)

        return append
