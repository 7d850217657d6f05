"""One reader of the log, with everything that its inbox is made of: run by its service, looked into by its commands."""

from collections.abc import Sequence
from dataclasses import dataclass

from aik_events.envelope import decode
from aik_events.holding import Decode
from aik_events.log.kafka import KafkaLog

from aik_service.database import Database
from aik_service.folding import Fold, Projection
from aik_service.inbox import Inbox
from aik_service.projection_lag import ProjectionLag


@dataclass(frozen=True)
class Consumer:
    """`name` is the service's short one; `database` its schema. Nothing is connected before it is needed."""

    name: str
    database: Database
    log: KafkaLog
    folds: Sequence[Fold]
    projection: Projection
    decode: Decode = decode

    def inbox(self) -> Inbox:
        group = f"aik-{self.name}"
        folds, projection = self.folds, self.projection
        return Inbox(self.log, self.database, group=group, folds=folds, projection=projection, decode=self.decode)

    def lag(self) -> ProjectionLag:
        topics = [fold.topic for fold in self.folds]
        return ProjectionLag(self.log, self.database, topics, consumer=f"aik-{self.name}")

    async def close(self) -> None:
        await self.log.close()
        await self.database.close()
