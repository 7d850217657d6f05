"""A record that does not decode holds back its key alone, until it is given up or a fix reads it."""

import asyncio
from dataclasses import dataclass

import pytest
from aik_events.envelope import Partition, decode
from aik_events.event import Event
from aik_events.holding import Decode
from aik_events.log import Batch
from aik_events.log.memory import MemoryReader
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.database import table_of
from aik_service.folding import TRACK_FOLD
from aik_service.inbox import Inbox, Redriven
from aik_service.inbox_tables import Folded, LogPosition
from aik_service.tasks import TASK, TaskProjection
from sqlalchemy import select, text
from structlog.testing import capture_logs

from tests.pipeline.notifier_stack import READY, SONG, Notifier
from tests.pipeline.poison import HELD, decode_newer, fold, held, nowhere, positions, retitled
from tests.pipeline.stack import Stack, in_background

BROKEN = None
"""Stands for a record that does not decode."""


@dataclass
class Lane:
    """One partition with the tracks that a test writes into it, and the separator's inbox."""

    stack: Stack
    partition: Partition

    async def write(self, author: Author, *events: Event | None) -> None:
        for event in events:
            if event is None:
                await self.stack.log.append_raw(self.partition, author.track.encode(), b"{", {})
            else:
                await self.stack.log.append(event)

    async def fold(self) -> None:
        await fold(self.inbox(), self.stack.database, self.stack.log)

    def inbox(self, decode: Decode = decode) -> Inbox:
        projection = TaskProjection(self.stack.database, Step.SEPARATE)
        database = self.stack.database
        return Inbox(self.stack.log, database, group="sep", folds=[TRACK_FOLD], projection=projection, decode=decode)

    def neighbour(self, author: Author) -> Author:
        """Of another track in the same partition."""
        names = (f"trk_{n}" for n in range(1_000))
        here = (n for n in names if self.stack.log.partition_of(TRACKS, n) == self.partition and n != author.track)
        return Author(next(here))

    async def track(self, author: Author) -> Track:
        folded = table_of(Folded)
        async with self.stack.database.begin() as connection:
            found = await connection.execute(select(folded.c.state).where(folded.c.key == author.track))
            return Track.model_validate(found.scalar_one())

    async def tasks(self) -> list[str]:
        async with self.stack.database.begin() as connection:
            return sorted((await connection.execute(select(TASK.c.track_id))).scalars())


@pytest.fixture
def author() -> Author:
    return Author("trk_a")


@pytest.fixture
async def lane(stack: Stack, author: Author) -> Lane:
    lane = Lane(stack, stack.log.partition_of(TRACKS, author.track))
    await lane.inbox().prepare()
    return lane


async def test_later_records_of_its_key_wait_and_other_keys_flow(lane: Lane, author: Author) -> None:
    other = lane.neighbour(author)
    await lane.write(author, author.imported(), BROKEN, author.details_changed(title="New"))
    await lane.write(other, other.imported(title="Other"))
    await lane.write(author, author.canceled())
    await lane.fold()
    assert await held(lane.stack.database) == [(1, False), (2, True), (4, True)]
    assert (await positions(lane.stack.database))[lane.partition] == 5
    assert ((await lane.track(author)).title, (await lane.track(other)).title) == (None, "Other")


async def test_what_is_held_is_kept_as_it_was(lane: Lane) -> None:
    """Also bytes that Postgres takes in no text and in no index."""
    key, value, headers = b"\xff" * 5_000, b"\x00\xfe", {"ce\x00_id": b"\x00\xff", "ce_type": b"track.starred"}
    await lane.stack.log.append_raw(lane.partition, key, value, headers)
    author = Author("trk_b")
    value, headers = retitled(author.details_changed(title="New"))
    await lane.stack.log.append_raw(lane.partition, b"trk_b", value, {**headers, "ce_type": b"a\x00b"})
    await lane.fold()
    async with lane.stack.database.begin() as connection:
        first, second = await connection.execute(select(HELD).order_by(HELD.c.offset))
    assert (first.key, first.value, first.copied) == (key, b"\x00\xfe", False)
    assert {name: text.encode("latin-1") for name, text in first.headers.items()} == {
        "ce\x00_id": b"\x00\xff",
        "ce_type": b"track.starred",
    }
    assert first.reason.startswith("'utf-8' codec can't decode")
    assert second.reason == r"a\0b with schema urn:aik:schema:track.retitled:1 is not in the catalogue"


async def test_a_record_without_a_readable_key_holds_nothing_but_itself(lane: Lane, author: Author) -> None:
    for key in (b"", b"\xff"):
        await lane.stack.log.append_raw(lane.partition, key, b"{", {})
    await lane.write(author, author.imported(title="New"))
    await lane.fold()
    assert (await lane.track(author)).title == "New"


async def test_giving_it_up_lets_go_what_waited_up_to_the_next_that_does_not_decode(lane: Lane, author: Author) -> None:
    waiting = author.details_changed(title="One"), author.details_changed(title="Two")
    await lane.write(author, author.imported(), BROKEN, *waiting, BROKEN, author.details_changed(title="Three"))
    await lane.fold()
    await lane.write(author, author.dropped(TRACKS, lane.partition.number, 1))
    await lane.fold()
    assert await held(lane.stack.database) == [(4, False), (5, True)]
    assert (await lane.track(author)).title == "Two"


async def test_a_record_that_decodes_is_not_given_up(lane: Lane, author: Author) -> None:
    refused = author.dropped(TRACKS, lane.partition.number, 2)
    await lane.write(author, author.imported(), BROKEN, author.details_changed(title="One"), refused)
    await lane.fold()
    assert await held(lane.stack.database) == [(1, False), (2, True), (3, True)]
    await lane.write(author, author.dropped(TRACKS, lane.partition.number, 1))
    await lane.fold()
    track = await lane.track(author)
    assert (track.title, track.verdicts[refused.meta.id].reason) == ("One", "not-of-a-track")


async def test_giving_up_what_is_not_held_is_an_event_like_any_other(lane: Lane, author: Author) -> None:
    dropped = author.dropped(TRACKS, lane.partition.number, 0)
    await lane.write(author, author.imported(), dropped)
    await lane.fold()
    assert (await lane.track(author)).verdicts[dropped.meta.id].reason == "not-of-a-track"


@pytest.mark.parametrize("stop", [Author.canceled, Author.deleted])
async def test_a_cancel_or_delete_that_is_held_stops_the_work(lane: Lane, author: Author, stop: type) -> None:
    await lane.write(author, author.imported())
    await lane.fold()
    assert await lane.tasks() == [author.track]
    await lane.write(author, BROKEN, stop(author))
    await lane.fold()
    assert await lane.tasks() == []


async def test_what_is_let_go_before_a_held_cancel_does_not_start_the_work_again(lane: Lane, author: Author) -> None:
    events = [author.imported(), BROKEN, author.details_changed(title="One"), BROKEN, author.canceled()]
    await lane.write(author, *events)
    await lane.fold()
    await lane.write(author, author.dropped(TRACKS, lane.partition.number, 1))
    await lane.fold()
    assert ((await lane.track(author)).title, await lane.tasks()) == ("One", [])


async def test_a_cancel_that_was_let_go_and_rejected_stops_nothing(lane: Lane, author: Author) -> None:
    """Also when all of it is one batch."""
    await lane.write(author, author.imported(), author.failed("separate"), BROKEN, author.canceled(), author.retried())
    await lane.write(author, author.dropped(TRACKS, lane.partition.number, 2))
    await lane.fold()
    assert await lane.tasks() == [author.track]


async def test_a_held_cancel_stops_no_other_track_s_work(lane: Lane, author: Author) -> None:
    other = lane.neighbour(author)
    await lane.write(other, other.imported())
    await lane.write(author, author.imported(), BROKEN, author.canceled(job=other.job))
    await lane.fold()
    assert await lane.tasks() == sorted([author.track, other.track])


async def write_newer(lane: Lane, author: Author) -> None:
    """A retitling between two others, and behind the second one what no code reads."""
    await lane.write(author, author.imported(), author.details_changed(title="One"))
    value, headers = retitled(author.details_changed(title="Two"))
    await lane.stack.log.append_raw(lane.partition, author.track.encode(), value, headers)
    await lane.write(author, author.details_changed(title="Three"), BROKEN, author.details_changed(title="Four"))
    await lane.fold()


async def test_after_a_fix_held_records_are_tried_again_in_order(lane: Lane, author: Author) -> None:
    await write_newer(lane, author)
    assert (await lane.track(author)).title == "One"
    redriven = Redriven(lane.partition, author.track.encode(), folded=2, held=2)
    assert await lane.inbox(decode_newer).redrive() == [redriven]
    assert await held(lane.stack.database) == [(4, False), (5, True)]
    track = await lane.track(author)
    assert (track.title, set(track.verdicts)) == ("Three", set(list(author.state.verdicts)[:4]))


async def test_without_a_fix_nothing_happens_when_they_are_tried_again(lane: Lane, author: Author) -> None:
    await write_newer(lane, author)
    before = await held(lane.stack.database)
    assert await lane.inbox().redrive() == [Redriven(lane.partition, author.track.encode(), folded=0, held=4)]
    assert await held(lane.stack.database) == before


async def test_what_waits_and_is_read_no_more_after_a_step_back_is_held_for_itself(lane: Lane, author: Author) -> None:
    await lane.write(author, author.imported(), BROKEN)
    value, headers = retitled(author.details_changed(title="Two"))
    await lane.stack.log.append_raw(lane.partition, author.track.encode(), value, headers)
    await fold(lane.inbox(decode_newer), lane.stack.database, lane.stack.log)
    assert await held(lane.stack.database) == [(1, False), (2, True)]
    await lane.write(author, author.dropped(TRACKS, lane.partition.number, 1))
    await lane.fold()
    assert await held(lane.stack.database) == [(2, False)]


async def test_a_process_that_starts_with_a_fix_heals_by_itself(lane: Lane, author: Author) -> None:
    await write_newer(lane, author)
    async with in_background(lane.inbox(decode_newer).run()), asyncio.timeout(10):
        while (await lane.track(author)).title != "Three":
            await asyncio.sleep(0.01)


async def test_what_older_code_held_while_its_partition_went_over_is_read_by_the_newer_code(
    lane: Lane, author: Author
) -> None:
    """The older process was at its last batch when the newer one asked where to begin, and came too late for it."""
    await write_newer(lane, author)
    records = lane.stack.log.slice_of(lane.partition, 0)
    reader = MemoryReader(lane.stack.log, [lane.partition], nowhere)
    await lane.inbox(decode_newer).take(reader, Batch(lane.partition, 0, len(records), records))
    assert (await lane.track(author)).title == "Three"
    assert await held(lane.stack.database) == [(4, False), (5, True)]


WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
"""How many wait for this transaction."""


async def test_trying_again_waits_for_the_batch_that_is_folded_meanwhile(lane: Lane, author: Author) -> None:
    await write_newer(lane, author)
    position = table_of(LogPosition)
    async with lane.stack.database.begin() as batch:
        await batch.execute(select(position.c.next).where(position.c.topic == TRACKS).with_for_update())
        redriving = asyncio.create_task(lane.inbox(decode_newer).redrive())
        async with asyncio.timeout(10):
            while (await batch.execute(WAITING)).scalar_one() == 0:
                await asyncio.sleep(0.01)
        assert not redriving.done()
    assert [done.folded for done in await redriving] == [2]


async def test_each_record_that_does_not_decode_is_logged_once(lane: Lane, author: Author) -> None:
    with capture_logs() as logs:
        await lane.write(author, BROKEN, author.imported(), BROKEN)
        await lane.fold()
        await lane.write(author, author.dropped(TRACKS, lane.partition.number, 0))
        await lane.fold()
        await lane.inbox().redrive()
    about = {"topic": TRACKS, "partition": lane.partition.number, "reason": "the header 'ce_id' is missing"}
    errors = [{name: entry[name] for name in (*about, "offset")} for entry in logs if entry["log_level"] == "error"]
    assert errors == [{**about, "offset": 0}, {**about, "offset": 2}]


async def test_a_held_delete_withdraws_what_is_open(notifier: Notifier) -> None:
    await notifier.append(*SONG.to_published())
    await notifier.fold()
    await notifier.log.append_raw(notifier.log.partition_of(TRACKS, "trk_1"), b"trk_1", b"{", {})
    await notifier.append(SONG.deleted())
    await notifier.fold()
    assert await notifier.rows() == {READY: (0, "withdrawn", True)}
