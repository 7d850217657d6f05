"""The projector as the commands of `aik-gateway dead` see it."""

from aik_events.environment import from_environment
from aik_events.log.kafka import KafkaLog
from aik_service import logs
from aik_service.consumer import Consumer
from aik_service.dead.commands import dead_commands
from aik_service.settings import ServiceSettings

from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import served_database
from aik_gateway.readmodel.projector import FOLDS, RowsProjection


def _consumer() -> Consumer:
    settings = from_environment(ServiceSettings)
    logs.configure("gateway", format=settings.log_format, level="WARNING")
    database = served_database(settings.postgres.get_secret_value(), PRIVATE)
    log = KafkaLog(settings, client_id="aik-gateway-dead")
    return Consumer("gateway", database, log, FOLDS, RowsProjection(database))


app = dead_commands(_consumer)
