"""Migrations of the private schema only add: while a release replaces another one, both use the schema."""

from collections.abc import Callable, Mapping
from pathlib import Path

import aik_gateway.private
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from tests.upgrade.expanding import narrowing

MIGRATIONS = Path(aik_gateway.private.__path__[0]) / "migrations"
CONTRACTING: Mapping[str, str] = {}
"""The migrations that take something away, each with the reason why no release that may still run needs it."""


def scripts() -> list[Script]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return list(ScriptDirectory.from_config(config).walk_revisions())


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.revision)
def test_a_migration_only_adds_unless_there_is_a_reason(script: Script) -> None:
    assert narrowing(script.module.upgrade) == [] or CONTRACTING.get(script.revision)


def test_every_reason_is_for_a_migration_that_takes_something_away() -> None:
    assert {script.revision for script in scripts() if narrowing(script.module.upgrade)} == CONTRACTING.keys()


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda: op.drop_table("sweep"),
        lambda: op.drop_column("sweep", "times"),
        lambda: op.rename_table("sweep", "sweeps"),
        lambda: op.alter_column("sweep", "times", new_column_name="rounds"),
        lambda: op.alter_column("sweep", "times", type_=sa.Text),
        lambda: op.alter_column("sweep", "due_at", nullable=False),
        lambda: op.add_column("sweep", sa.Column("why", sa.Text, nullable=False)),
        lambda: op.add_column("sweep", sa.Column("why", sa.Text, unique=True)),
        lambda: op.create_index("sweep_due", "sweep", ["due_at"], unique=True),
        lambda: op.create_check_constraint("sweep_times", "sweep", "times < 3"),
        lambda: op.execute("UPDATE sweep SET times = 0"),
    ],
)
def test_what_an_older_release_would_stumble_on_is_found(spoiled: Callable[[], None]) -> None:
    assert len(narrowing(spoiled)) == 1


@pytest.mark.parametrize(
    "added",
    [
        lambda: op.create_table("note", sa.Column("id", sa.Text, primary_key=True), prefixes=["UNLOGGED"]),
        lambda: op.add_column("sweep", sa.Column("why", sa.Text)),
        lambda: op.add_column("sweep", sa.Column("why", sa.Text, nullable=False, server_default="")),
        lambda: op.create_index("sweep_due", "sweep", ["due_at"]),
        lambda: op.alter_column("sweep", "times", nullable=True),
    ],
)
def test_what_only_adds_is_free(added: Callable[[], None]) -> None:
    assert narrowing(added) == []
