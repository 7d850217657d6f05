"""The records of a whole log on disk, where they can be asked for by id and by key: memory stays as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_events.exchange.lines import line_of, record_of
from aik_events.stored import Stored

TABLE = """
CREATE TABLE record (topic TEXT, partition INTEGER, key BLOB, offset INTEGER, id TEXT, cause TEXT, body BLOB, line BLOB)
"""
WITHOUT_CAUSE = """
SELECT line FROM record AS effect WHERE cause IS NOT NULL AND NOT EXISTS (SELECT 1 FROM record WHERE id = effect.cause)
ORDER BY topic, partition, offset
"""
REUSED = """
SELECT id, line, body FROM record
WHERE id IN (SELECT id FROM record WHERE id IS NOT NULL GROUP BY id HAVING COUNT(DISTINCT body) > 1)
ORDER BY id, topic, partition, offset
"""
AT_ONCE = 1_000


class Ledger:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._new: list[tuple[object, ...]] = []
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(TABLE)

    def add(self, record: Stored) -> None:
        header, place = record.header, record.partition
        id_, cause = (header.get(name, b"").decode(errors="replace") or None for name in ("ce_id", "aik_causationid"))
        body = blake2b(repr(_said(record)).encode(), digest_size=16).digest()
        row = (place.topic, place.number, record.key or b"", record.offset, id_, cause, body, line_of(record))
        self._new.append(row)
        if len(self._new) >= AT_ONCE:
            self._store()

    def close_entries(self) -> int:
        """No more come, and they can be asked for: how many they are."""
        self._store()
        self._database.execute("CREATE INDEX by_id ON record (id, body)")
        self._database.execute("CREATE INDEX by_key ON record (topic, key, partition, offset)")
        (count,) = self._database.execute("SELECT COUNT(*) FROM record").fetchone()
        return int(count)

    def aggregates(self) -> Iterator[list[Stored]]:
        """The records of one key of one topic after another, in their order."""
        rows = self._database.execute("SELECT topic, key, line FROM record ORDER BY topic, key, partition, offset")
        for _, of_key in groupby(rows, lambda row: row[:2]):
            yield [record_of(line) for _, _, line in of_key]

    def without_cause(self) -> Iterator[Stored]:
        """Records whose cause is the id of none."""
        for (line,) in self._database.execute(WITHOUT_CAUSE):
            yield record_of(line)

    def with_reused_id(self) -> Iterator[Stored]:
        """Of each id that stands for more than one body, the records that say something else than the first."""
        first: tuple[str, bytes] | None = None
        for id_, line, body in self._database.execute(REUSED):
            if first is None or id_ != first[0]:
                first = (id_, body)
            elif body != first[1]:
                yield record_of(line)

    def has(self, topic: str, key: bytes) -> bool:
        found = self._database.execute("SELECT 1 FROM record WHERE topic = ? AND key = ? LIMIT 1", (topic, key))
        return found.fetchone() is not None

    def _store(self) -> None:
        self._database.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._new)
        self._new.clear()


def _said(record: Stored) -> tuple[object, ...]:
    """What records of one id must agree on.

    A step that is done again tells its result by the same id, from another attempt, and maybe by another engine.
    """
    type_, step = (record.header.get(name) for name in ("ce_type", "aik_step"))
    if step is None:
        return type_, record.key, record.value or b""
    return type_, record.key, step, record.fields.get("jobId"), record.fields.get("run")


@contextmanager
def opened_ledger() -> Iterator[Ledger]:
    """In a temporary folder, which needs about as much room as the log, and is removed at the end."""
    with TemporaryDirectory(prefix="aik-ledger-") as folder:
        database = sqlite3.connect(Path(folder) / "ledger.sqlite", isolation_level=None)
        try:
            yield Ledger(database)
        finally:
            database.close()
