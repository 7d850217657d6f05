"""`dead list`, `show`, `redrive` and `drop`, as an operator types them, on real Kafka and Postgres."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, Record, decode
from aik_events.event import Event
from aik_events.holding import Decode
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.consumer import Consumer
from aik_service.database import Database, table_of
from aik_service.dead.commands import dead_commands
from aik_service.folding import TRACK_FOLD
from aik_service.inbox_tables import INBOX_TABLES, Folded, LogPosition
from aik_service.tasks import TASK_TABLES, TaskProjection
from sqlalchemy import select, update
from typer.testing import CliRunner

from tests.pipeline.poison import decode_newer, held, positions, retitled
from tests.pipeline.stack import in_background

REASON = "track.retitled with schema urn:aik:schema:track.retitled:1 is not in the catalogue"


@dataclass
class Desk:
    """A consumer with a schema of its own, which begins where the log ends; and a track that is written to."""

    kafka: str
    postgres: str
    schema: str
    author: Author

    def consumer(self, decode: Decode = decode) -> Consumer:
        database = Database(self.postgres, self.schema)
        log = KafkaLog(self.kafka, client_id=self.schema)
        return Consumer(self.schema, database, log, [TRACK_FOLD], TaskProjection(database, Step.SEPARATE), decode)

    async def run(self, *arguments: str, decode: Decode = decode, typed: str | None = None) -> tuple[int, str]:
        """Exit status and what is printed; a command has an event loop of its own."""
        app = dead_commands(lambda: self.consumer(decode))
        done = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), input=typed)
        return done.exit_code, done.output

    async def json(self, *arguments: str, decode: Decode = decode) -> Any:
        status, output = await self.run(*arguments, "--json", decode=decode)
        assert status == 0, output
        return json.loads(output)

    async def write(self, log: KafkaLog, *events: Event | tuple[bytes, dict[str, bytes]]) -> list[int]:
        """The offsets at which these lie; raw ones are value and headers."""
        key, found = self.author.track.encode(), []
        for event in events:
            if isinstance(event, tuple):
                record = Record(Partition(TRACKS, 0), 0, key, event[0], event[1])
                at = await log.copy(record, TRACKS, {})
            else:
                at = await log.append(event)
            found.append(at.offset)
        return found

    async def track(self, database: Database) -> Track:
        folded = table_of(Folded)
        async with database.begin() as connection:
            found = await connection.execute(select(folded.c.state).where(folded.c.key == self.author.track))
            return Track.model_validate(found.scalar_one())


@pytest.fixture
async def consumer(desk: Desk) -> AsyncIterator[Consumer]:
    consumer = desk.consumer()
    try:
        yield consumer
    finally:
        await consumer.database.drop()
        await consumer.close()


@pytest.fixture
def desk(kafka: str, postgres: str) -> Desk:
    run = uuid4().hex[:12]
    return Desk(kafka, postgres, f"test_{run}", Author(f"trk_{run}"))


@pytest.fixture
async def poisoned(desk: Desk, consumer: Consumer) -> AsyncIterator[list[int]]:
    """The service runs, and its topic has: imported, One, a retitling that it can't read, Three, `{`, Four."""
    author, database = desk.author, consumer.database
    await create_topics(desk.kafka, replication=1)
    await database.create([*INBOX_TABLES, *TASK_TABLES])
    inbox = consumer.inbox()
    await inbox.prepare()
    position = table_of(LogPosition)
    async with database.begin() as connection:
        await connection.execute(update(position).values(next=position.c.barrier))
    imported, one, two = author.imported(), author.details_changed(title="One"), author.details_changed(title="Two")
    three, four = author.details_changed(title="Three"), author.details_changed(title="Four")
    async with in_background(inbox.run()):
        offsets = await desk.write(consumer.log, imported, one, retitled(two), three, (b"{", {}), four)
        await settled(database, 4)
        yield offsets


async def settled(database: Database, count: int) -> None:
    async with asyncio.timeout(30):
        while len(await held(database)) != count:
            await asyncio.sleep(0.05)


async def test_list_names_what_does_not_decode_and_how_much_waits_behind_it(desk: Desk, poisoned: list[int]) -> None:
    first, second = await desk.json("list")
    assert (first["key"], first["offset"], first["type"]) == (desk.author.track, poisoned[2], "track.retitled")
    assert (first["time"], first["reason"], first["waiting"]) == ("2026-01-01T12:00:03Z", REASON, 3)
    assert (second["offset"], second["type"], second["waiting"]) == (poisoned[4], None, 1)
    status, text = await desk.run("list")
    assert status == 0
    assert f"@{poisoned[2]}  track.retitled, since 2026-01-01 12:00:03" in text


async def test_show_has_the_record_as_it_is_and_what_trying_again_would_do(desk: Desk, poisoned: list[int]) -> None:
    shown = await desk.json("show", str(poisoned[2]))
    assert shown["headers"]["ce_type"] == "track.retitled"
    assert json.loads(shown["value"])["title"] == "Two"
    assert (shown["problem"], shown["redrive"]["held"]) == (REASON, 4)
    by_key = await desk.json("show", desk.author.track, decode=decode_newer)
    assert (by_key["offset"], by_key["heldFor"], by_key["problem"]) == (poisoned[2], REASON, None)
    _, text = await desk.run("show", f"{TRACKS}-{shown['partition']}@{poisoned[2]}")
    assert '      "title": "Two",' in text


async def test_a_dry_run_says_what_would_be_folded_and_changes_nothing(
    desk: Desk, consumer: Consumer, poisoned: list[int]
) -> None:
    before = await held(consumer.database), await desk.track(consumer.database), await positions(consumer.database)
    [plan] = await desk.json("redrive", "--all", "--dry-run", decode=decode_newer)
    assert [(each["offset"], each["outcome"], each["detail"]) for each in plan["records"]] == [
        (poisoned[2], "accepted", None),
        (poisoned[3], "accepted", None),
        (poisoned[4], "undecodable", "the header 'ce_id' is missing"),
        (poisoned[5], "waiting", f"behind @{poisoned[4]}"),
    ]
    assert (plan["folded"], plan["held"]) == (2, 2)
    assert before == (
        await held(consumer.database),
        await desk.track(consumer.database),
        await positions(consumer.database),
    )


async def test_after_a_fix_a_redrive_folds_in_order_while_the_service_runs(
    desk: Desk, consumer: Consumer, poisoned: list[int]
) -> None:
    status, text = await desk.run("redrive", "--key", desk.author.track, decode=decode_newer)
    assert (status, text.splitlines()[-1]) == (0, "2 folded, 2 still held")
    track = await desk.track(consumer.database)
    # Three was written after Two, and Four still waits.
    assert (track.title, set(track.verdicts)) == ("Three", set(list(desk.author.state.verdicts)[:4]))
    assert await held(consumer.database) == [(poisoned[4], False), (poisoned[5], True)]


async def test_without_a_fix_a_redrive_leaves_everything_as_it_was(
    desk: Desk, consumer: Consumer, poisoned: list[int]
) -> None:
    before = await held(consumer.database), await desk.track(consumer.database)
    [done] = await desk.json("redrive", "--all")
    assert (done["folded"], done["held"]) == (0, 4)
    assert before == (await held(consumer.database), await desk.track(consumer.database))


async def test_what_is_dropped_is_skipped_by_the_running_service_and_what_waited_is_folded(
    desk: Desk, consumer: Consumer, poisoned: list[int]
) -> None:
    places = str(poisoned[2]), str(poisoned[4])
    status, text = await desk.run("drop", *places, "--reason", "a slip", "--yes")
    assert status == 0, text
    await settled(consumer.database, 0)
    assert (await desk.track(consumer.database)).title == "Four"


async def test_what_is_dropped_is_told_in_json_one_line_a_record_and_nobody_is_asked(
    desk: Desk, consumer: Consumer, poisoned: list[int]
) -> None:
    ends = await consumer.log.ends([TRACKS])
    places = str(poisoned[2]), str(poisoned[4])
    status, text = await desk.run("drop", *places, "--reason", "a slip", "--json")
    assert (status, "--json goes with --yes" in text) == (2, True)
    assert await consumer.log.ends([TRACKS]) == ends
    status, text = await desk.run("drop", *places, "--reason", "a slip", "--json", "--yes")
    told = [json.loads(line) for line in text.splitlines()]
    assert (status, [(each["key"], each["offset"]) for each in told]) == (
        0,
        [(desk.author.track, poisoned[2]), (desk.author.track, poisoned[4])],
    )
    assert told[0]["told"]["offset"] > poisoned[4]


async def test_whoever_does_not_confirm_drops_nothing(desk: Desk, consumer: Consumer, poisoned: list[int]) -> None:
    ends = await consumer.log.ends([TRACKS])
    status, text = await desk.run("drop", str(poisoned[2]), "--reason", "a slip", typed="n\n")
    assert (status, "Aborted" in text) == (1, True)
    assert await consumer.log.ends([TRACKS]) == ends


async def test_what_decodes_or_is_not_held_is_not_dropped(desk: Desk, consumer: Consumer, poisoned: list[int]) -> None:
    ends = await consumer.log.ends([TRACKS])
    refused = {
        str(poisoned[3]): "decodes, so it is not given up",
        str(poisoned[0]): "Nothing is held at",
        "trk_nobody": "Nothing is held of trk_nobody",
    }
    for place, sentence in refused.items():
        status, text = await desk.run("drop", place, "--reason", "a slip", "--yes")
        assert (status, sentence in text) == (1, True), text
    status, text = await desk.run("drop", str(poisoned[2]), "--reason", "a slip", "--yes", decode=decode_newer)
    assert (status, "decodes" in text) == (1, True)
    assert await consumer.log.ends([TRACKS]) == ends


async def test_a_redrive_needs_to_be_told_of_what(desk: Desk, poisoned: list[int]) -> None:
    assert (await desk.run("redrive"))[0] == 2
    assert (await desk.run("redrive", "--all", "--key", desk.author.track))[0] == 2
    assert (await desk.run("redrive", "--key", "trk_nobody"))[0] == 1


async def test_a_service_that_has_not_run_says_so(desk: Desk) -> None:
    status, text = await desk.run("list")
    assert (status, text.startswith("Its service has not run on this database yet")) == (1, True)
