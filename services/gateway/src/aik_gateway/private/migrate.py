"""Brings the private schema up to date, by Alembic; several processes may do so at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateSchema

from aik_gateway.private.roles import notifier_reads
from aik_gateway.private.tables import SCHEMA


def migrate(postgres: str, schema: str = SCHEMA) -> None:
    """Blocks until this process has the lock and the schema is at the newest migration."""
    url = make_url(postgres).set(drivername="postgresql+psycopg")
    options = {"options": f"-csearch_path={schema}", "connect_timeout": 5}
    engine = create_engine(url, connect_args=options, hide_parameters=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:s))"), {"s": schema})
            connection.execute(CreateSchema(schema, if_not_exists=True))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(text(notifier_reads(schema)))
    finally:
        engine.dispose()
