"""The object store in memory keeps the contract."""

import pytest
from aik_service.objects import Objects
from aik_service.objects.memory import MemoryObjects
from aik_service.testing.objects_contract import ObjectsContract


class TestMemoryObjects(ObjectsContract):
    @pytest.fixture
    def objects(self) -> Objects:
        return MemoryObjects()
