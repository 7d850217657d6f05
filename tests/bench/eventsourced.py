"""The baseline of a rebuild: pyeventsourcing projects the same events from its own store into the same tables."""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from aik_events.envelope import Partition, Record, decode, headers_of, value_of
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.log import Position
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_gateway.readmodel.rows import by_table, changed_rows, event_rows
from aik_service.folding import Change
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Table, create_engine

CHUNK = 500
WITHIN_S = 3600.0
HERE = Partition(TRACKS, 0)
DIALECT = create_engine("postgresql+psycopg://").dialect


class Told(Aggregate.Event):
    headers: dict[str, str]
    value: str


class Stories(Application[UUID]):
    pass


class Rows(PostgresTrackingRecorder):
    """Writes the rows of one event, and that it was processed, in one transaction."""

    def write(self, change: Change, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            for rows, over in ((changed_rows([change]), True), (event_rows([change]), False)):
                for table, values in by_table(rows).items():
                    _insert(cursor, table, values, over)
            self._insert_tracking(cursor, tracking)


class Projected(Projection[Rows]):
    """Keeps every state in memory, as a rebuild does, so that it need not be read back for each event."""

    def __init__(self, view: Rows) -> None:
        super().__init__(view)
        self._states: dict[str, Track] = {}

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        event = decode(_record(domain_event))
        before = self._states.get(event.meta.subject) or Track(id=event.meta.subject)
        after, verdict = evolve(before, event)
        self._states[event.meta.subject] = after
        place = Position(HERE, tracking.notification_id)
        self.view.write(Change(place, event, verdict, before, after), tracking)


def projected_s(postgres: str, schema: str, told: Sequence[Event]) -> float:
    """Seconds that its runner takes from the first event to the last; the tables are there and empty."""
    env = _environment(postgres, schema)
    app = Stories(env)
    versions: dict[str, int] = {}
    for start in range(0, len(told), CHUNK):
        stored = []
        for event in told[start : start + CHUNK]:
            versions[event.meta.subject] = version = versions.get(event.meta.subject, 0) + 1
            stored.append(app.mapper.to_stored_event(_told(event, version)))
        app.recorder.insert_events(stored)
    began = time.perf_counter()
    with ProjectionRunner(application_class=Stories, projection_class=Projected, view_class=Rows, env=env) as runner:
        runner.wait(app.recorder.max_notification_id(), timeout=WITHIN_S)
    seconds = time.perf_counter() - began
    app.close()
    return seconds


def _told(event: Event, version: int) -> Told:
    headers = {name: value.decode() for name, value in headers_of(event).items()}
    return Told(
        originator_id=uuid5(NAMESPACE_URL, event.meta.subject),
        originator_version=version,
        timestamp=event.meta.time,
        headers=headers,  # type: ignore[call-arg]  # its metaclass makes it a dataclass
        value=value_of(event).decode(),
    )


def _record(told: Any) -> Record:
    headers = {name: value.encode() for name, value in told.headers.items()}
    return Record(HERE, 0, headers["ce_subject"], told.value.encode(), headers)


def _environment(postgres: str, schema: str) -> dict[str, str]:
    url = urlsplit(postgres)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.path.strip("/"),
        "POSTGRES_HOST": url.hostname or "",
        "POSTGRES_PORT": str(url.port),
        "POSTGRES_USER": unquote(url.username or ""),
        "POSTGRES_PASSWORD": unquote(url.password or ""),
        "POSTGRES_SCHEMA": schema,
    }


def _insert(cursor: Cursor[Any], table: Table, rows: Sequence[Any], over: bool) -> None:
    statement, bound = _statement(table, over), _bound(table)
    for row in rows:
        values = [row[name] if bind is None else bind(row[name]) for name, bind in bound]
        cursor.execute(statement, values, prepare=True)


@cache
def _bound(table: Table) -> Sequence[tuple[str, Any]]:
    return [(c.name, c.type.dialect_impl(DIALECT).bind_processor(DIALECT)) for c in table.columns]


@cache
def _statement(table: Table, over: bool) -> Composed:
    key = [c.name for c in table.primary_key]
    names = [c.name for c in table.columns]
    sets = [SQL("{0} = excluded.{0}").format(Identifier(name)) for name in names if name not in key]
    insert = SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO ").format(
        Identifier("bench_eventsourcing", table.name),
        SQL(", ").join(map(Identifier, names)),
        SQL(", ").join([SQL("%s")] * len(names)),
        SQL(", ").join(map(Identifier, key)),
    )
    return insert + (SQL("UPDATE SET ") + SQL(", ").join(sets) if over else SQL("NOTHING"))
