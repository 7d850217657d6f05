"""The three servers: Apache Kafka, Postgres, and SeaweedFS for S3."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aik_local.credentials import Credentials
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.program import Program
from aik_local.servers import kafka, postgres, s3
from aik_local.servers.kafka import Kafka
from aik_local.servers.postgres import Postgres
from aik_local.servers.s3 import S3


@dataclass(frozen=True)
class Servers:
    kafka: Kafka
    postgres: Postgres
    s3: S3

    @property
    def programs(self) -> tuple[Program, ...]:
        return self.kafka.program, self.postgres.program, self.s3.program

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client of the servers needs to know, as environment variables."""
        return {
            "AIK_KAFKA": self.kafka.address,
            "AIK_POSTGRES": self.postgres.url,
            "AIK_S3_ENDPOINT": self.s3.endpoint,
            "AIK_S3_ACCESS_KEY": self.s3.access_key,
            "AIK_S3_SECRET_KEY": self.s3.secret_key,
            "AIK_S3_BUCKET": s3.BUCKET,
            "AIK_S3_REGION": s3.REGION,
            "AIK_S3_ROLE_ARN": s3.ROLE,
        }


def prepare(layout: Layout, ports: Ports, credentials: Credentials) -> Servers:
    """Data folders, ports and command lines, all three at once; raises what the first of them raised."""
    with ThreadPoolExecutor(3) as pool:
        log = pool.submit(kafka.prepare, layout, ports)
        tables = pool.submit(postgres.prepare, layout, ports, credentials)
        objects = pool.submit(s3.prepare, layout, ports, credentials)
        return Servers(log.result(), tables.result(), objects.result())
