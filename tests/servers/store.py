"""The object store of the tests, as clients and the gateway are told of it."""

from collections.abc import Mapping

from aik_service.settings import ObjectSettings
from pydantic import Field, SecretStr


class Store(ObjectSettings):
    """`presign_bind_ip` where URLs can be bound there to the addresses of this machine, by sessions of the role."""

    presign_bind_ip: bool = Field(exclude=True)
    s3_role_arn: str = Field(exclude=True)


def store_of(servers: Mapping[str, str]) -> Store:
    return Store(
        s3_endpoint=servers["AIK_S3_ENDPOINT"],
        s3_access_key=servers["AIK_S3_ACCESS_KEY"],
        s3_secret_key=SecretStr(servers["AIK_S3_SECRET_KEY"]),
        s3_bucket=servers["AIK_S3_BUCKET"],
        s3_region=servers["AIK_S3_REGION"],
        s3_role_arn=servers["AIK_S3_ROLE_ARN"],
        presign_bind_ip=servers["AIK_PRESIGN_BIND_IP"] == "true",
    )
