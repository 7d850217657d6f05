"""Whether a migration only adds: what the release before it does to the schema, it can do afterwards as well."""

import io
import re
from collections.abc import Callable, Sequence

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

TABLE = re.compile(r"CREATE (?:UNLOGGED )?TABLE (\S+)")
UNIQUE_INDEX = re.compile(r"CREATE UNIQUE INDEX \S+ ON (\S+)")
ADDED_COLUMN = re.compile(r"ALTER TABLE \S+ ADD COLUMN \S+ (?P<rest>.*)")
HARMLESS = (re.compile(r"CREATE INDEX "), re.compile(r"ALTER TABLE \S+ ALTER COLUMN \S+ DROP NOT NULL$"))
RULES_OF_A_COLUMN = ("UNIQUE", "CHECK", "REFERENCES", "PRIMARY KEY")


def narrowing(upgrade: Callable[[], None]) -> Sequence[str]:
    """The statements of a migration that do more than add, as SQL."""
    statements = statements_of(upgrade)
    made = {found[1] for statement in statements if (found := TABLE.match(statement))}
    return [statement for statement in statements if not _only_adds(statement, made)]


def statements_of(upgrade: Callable[[], None]) -> Sequence[str]:
    """What a migration says to Postgres, each statement in one line."""
    said = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": said})
    with Operations.context(context):
        upgrade()
    return [" ".join(part.split()) for part in said.getvalue().split(";") if part.strip()]


def _only_adds(statement: str, made: set[str]) -> bool:
    """`made` are the tables of this same migration: no older code writes into them."""
    if TABLE.match(statement) or any(pattern.match(statement) for pattern in HARMLESS):
        return True
    if found := UNIQUE_INDEX.match(statement):
        return found[1] in made
    if found := ADDED_COLUMN.match(statement):
        rest = found["rest"]
        filled = "NOT NULL" not in rest or "DEFAULT" in rest
        return filled and not any(rule in rest for rule in RULES_OF_A_COLUMN)
    return False
