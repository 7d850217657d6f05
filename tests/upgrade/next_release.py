"""What makes the copied code a next release: an event in a new version, a migration, and maybe a new shape of state.

Each change is found by the text that it belongs to, and there must be one such place.
"""

import re
from pathlib import Path

from tests.upgrade.releases import Release

EVENT = "track.imported"
NEW_SCHEMA = f"urn:aik:schema:{EVENT}:2"
CATALOGUE = Path("libs/aik_events/src/aik_events/catalogue/tracks.py")
WRITER = Path("services/gateway/src/aik_gateway/api/importing.py")
STATE = Path("libs/aik_events/src/aik_events/track.py")
MIGRATIONS = Path("services/gateway/src/aik_gateway/private/migrations/versions")

UPCASTER = """\
def _whether_lyrics_were_given(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "lyricsGiven": body.get("lyrics") is not None}


class TrackImported(TrackEvent):
"""
FIELD = '''\
    TYPE = "track.imported"
    VERSION = 2
    UPCASTERS = (_whether_lyrics_were_given,)

    lyrics_given: bool
    """Whether the client gave lyrics."""
'''
MIGRATION = '''\
"""What the next release keeps besides, made by the check of upgrades."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    op.create_table("next_release", sa.Column("id", sa.Text, primary_key=True))
    op.add_column("request_key", sa.Column("next_release", sa.Text))
'''


class NoPlaceForIt(Exception):
    """The code has not the one place that a change belongs to: tell next_release.py the new one."""


def make_next(release: Release, *, new_state: bool) -> None:
    """A required field is new in `track.imported`, as a developer would add it; the rules of the catalogue hold."""
    _change(release, CATALOGUE, "from typing import ClassVar\n", "from typing import Any, ClassVar\n")
    _change(release, CATALOGUE, "class TrackImported(TrackEvent):\n", UPCASTER)
    _change(release, CATALOGUE, '    TYPE = "track.imported"\n', FIELD)
    _change(
        release, WRITER, "return TrackImported(\n", "return TrackImported(\n        lyrics_given=lyrics is not None,\n"
    )
    _add_migration(release)
    if new_state:
        _raise_state_version(release)
    release.run("aik-events", "schemas", "write")
    release.run("aik-events", "schemas", "check")


def _change(release: Release, file: Path, old: str, new: str) -> None:
    path = release.folder / file
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise NoPlaceForIt(f"{file}: {old!r}")
    path.write_text(text.replace(old, new), "utf-8")


def _add_migration(release: Release) -> None:
    before = max(file.name[:4] for file in (release.folder / MIGRATIONS).glob("[0-9]*.py"))
    revision = f"{int(before) + 1:04}"
    file = release.folder / MIGRATIONS / f"{revision}_next_release.py"
    file.write_text(MIGRATION.format(revision=revision, before=before), "utf-8")


def _raise_state_version(release: Release) -> None:
    text = (release.folder / STATE).read_text("utf-8")
    [line] = re.findall(r"^STATE_VERSION = \d+$", text, re.MULTILINE) or [""]
    _change(release, STATE, line, f"STATE_VERSION = {int(line.split()[-1]) + 1}")
