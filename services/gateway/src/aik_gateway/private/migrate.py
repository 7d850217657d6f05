"""Brings the private schema up to date, by Alembic; several processes may do so at once."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.schema import CreateSchema

from aik_gateway.private.roles import notifier_reads
from aik_gateway.private.tables import SCHEMA

log = structlog.get_logger()


def migrate(postgres: str, schema: str = SCHEMA) -> None:
    """Blocks until this process has the lock and the schema is at the newest migration.

    What a newer release has migrated is left as it is: its migrations only add, so this release still finds its own.
    """
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
            if (newer := _unknown(config, connection)) is not None:
                log.warning("the private schema is of a newer release than this process", migration=newer)
            else:
                command.upgrade(config, "head")
            connection.execute(text(notifier_reads(schema)))
    finally:
        engine.dispose()


def _unknown(config: Config, connection: Connection) -> str | None:
    """The schema's migration, when this code has no such."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return None if found is None or found in known else found
