"""The roles of Postgres: one for each service, which owns the schemas that the service makes and sees no other's."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

import psycopg
from aik_events.topics import STEP_SERVICES
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.engine import make_url

SERVICES = ("gateway", *STEP_SERVICES, "notifier")
CONNECT_S = 5
LOCK = "SELECT pg_advisory_xact_lock(hashtext('aik roles'))"
IS_THERE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ %s AND pg_get_userbyid(nspowner) <> %s ORDER BY 1"
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
NOTIFIER_READS = """\
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{notifier}') THEN
    GRANT USAGE ON SCHEMA "{schema}" TO {notifier};
    GRANT SELECT ON "{schema}".webhook_secret TO {notifier};
  END IF;
END $$"""
"""What the notifier needs of the private schema, where there is such a role: said by the owner, at each migration."""

Connection = psycopg.Connection[tuple[str, ...]]


def role_of(service: str) -> str:
    return f"aik_{service}"


ROLES = tuple(role_of(service) for service in SERVICES)


def notifier_reads(schema: str) -> str:
    return NOTIFIER_READS.format(schema=schema, notifier=role_of("notifier"))


def set_up(postgres: str, passwords: Mapping[str, str]) -> None:
    """Makes the roles that are missing, sets the passwords given by role, and hands each its service's schemas.

    In one transaction, and may be done again. Needs the database's owner with CREATEROLE; a superuser will do, and is
    needed to hand over what another one owns. Without a password nobody can log in as a new role.
    """
    url = make_url(postgres).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
        connection.execute(LOCK)
        _close(connection)
        for service in SERVICES:
            _role(connection, role_of(service), passwords.get(role_of(service)))
            _hand_over(connection, service)


def _close(connection: Connection) -> None:
    """What Postgres lets everybody do in a database."""
    for right in ("ALL ON DATABASE {}", "ALL ON SCHEMA public"):
        _do(connection, f"REVOKE {right} FROM PUBLIC", Identifier(connection.info.dbname))


def _role(connection: Connection, role: str, password: str | None) -> None:
    if connection.execute(IS_THERE, (role,)).fetchone() is None:
        _do(connection, "CREATE ROLE {} LOGIN NOINHERIT", Identifier(role))
    _do(connection, "GRANT CONNECT, CREATE ON DATABASE {} TO {}", Identifier(connection.info.dbname), Identifier(role))
    if password is not None:
        # Its hash alone: statements may be written to the server's log.
        sealed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        _do(connection, "ALTER ROLE {} PASSWORD {}", Identifier(role), Literal(sealed))


def _hand_over(connection: Connection, service: str) -> None:
    """Schemas of a time before there were roles."""
    role = role_of(service)
    pattern = f"^{service}_(v[0-9]" + ("|private$)" if service == "gateway" else ")")
    found = _names(connection, SCHEMAS, (pattern, role))
    if found:
        _do(connection, "GRANT {} TO CURRENT_USER", Identifier(role))
    for schema in found:
        _do(connection, "ALTER SCHEMA {} OWNER TO {}", Identifier(schema), Identifier(role))
        for table in _names(connection, TABLES, (f'"{schema}"',)):
            _do(connection, "ALTER TABLE {} OWNER TO {}", Identifier(schema, table), Identifier(role))


def _names(connection: Connection, query: LiteralString, parameters: Sequence[str]) -> list[str]:
    return [name for (name,) in connection.execute(query, parameters)]


def _do(connection: Connection, statement: LiteralString, *names: Identifier | Literal) -> None:
    connection.execute(SQL(statement).format(*names))
