"""The object store on S3 keeps the contract."""

import pytest
from aik_service.objects import Objects
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from aik_service.testing.objects_contract import ObjectsContract


class TestS3Objects(ObjectsContract):
    @pytest.fixture
    def objects(self, s3: ObjectSettings) -> Objects:
        return S3Objects(s3)
