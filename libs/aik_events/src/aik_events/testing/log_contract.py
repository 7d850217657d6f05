"""The contract of the Log port as tests: subclass LogContract, and give it a log and a way to append raw bytes."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

import pytest

from aik_events.envelope import Partition, Record, Undecodable, decode
from aik_events.event import Event
from aik_events.log import AppendFailed, Log, PositionOutOfRange
from aik_events.testing.group_contract import GroupContract
from aik_events.testing.log_reading import AppendRaw, append_all, collect, collect_keys, from_now_on, new_author
from aik_events.topics import ASSETS, DEAD_LETTERS, TRACKS


class LogContract(GroupContract):
    """What DESIGN and the port's docstrings promise; run over every implementation."""

    @pytest.fixture
    def append_raw(self) -> AppendRaw:
        raise NotImplementedError

    async def test_what_is_appended_is_read_at_the_position_that_append_gave(self, log: Log) -> None:
        author = new_author()
        start = await from_now_on(log)
        events: list[Event] = [author.imported(), author.edited(), author.canceled()]
        appended = await append_all(log, *events)
        async with log.read([TRACKS], group=None, start=start) as reader:
            records = await collect(reader, 3, author)
        assert records == appended
        assert [decode(record) for record in records] == events

    async def test_records_of_one_key_come_in_the_order_of_their_appends(self, log: Log) -> None:
        authors = [new_author() for _ in range(5)]
        start = await from_now_on(log)
        appended = await append_all(log, *(a.imported() for a in authors))
        for _ in range(20):
            appended += await append_all(log, *(a.edited() for a in authors))
        async with log.read([TRACKS], group=None, start=start) as reader:
            records = await collect(reader, len(appended), *authors)
        for author in authors:
            key = author.track.encode()
            assert [r for r in records if r.key == key] == [r for r in appended if r.key == key]

    async def test_the_same_event_twice_gives_two_records(self, log: Log) -> None:
        author = new_author()
        start = await from_now_on(log)
        event = author.imported()
        appended = await append_all(log, event, event)
        async with log.read([TRACKS], group=None, start=start) as reader:
            records = await collect(reader, 2, author)
        assert records == appended
        assert [decode(record) for record in records] == [event, event]

    async def test_a_reader_waits_for_what_is_appended_later(self, log: Log) -> None:
        author = new_author()
        async with log.read([TRACKS], group=None, start=await from_now_on(log)) as reader:
            first = await append_all(log, author.imported())
            assert await collect(reader, 1, author) == first
            second = await append_all(log, author.edited())
            assert await collect(reader, 1, author) == second

    async def test_a_reader_begins_where_start_says(self, log: Log) -> None:
        author = new_author()
        appended = await append_all(log, author.imported(), author.edited(), author.edited())
        ends = await log.ends([TRACKS])
        begin = {**ends, appended[1].partition: appended[1].offset}

        async def start(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
            return {partition: begin[partition] for partition in partitions}

        async with log.read([TRACKS], group=None, start=start) as reader:
            assert await collect(reader, 2, author) == appended[1:]

    async def test_a_seek_replays_from_that_offset(self, log: Log) -> None:
        author = new_author()
        async with log.read([TRACKS], group=None, start=await from_now_on(log)) as reader:
            appended = await append_all(log, author.imported(), author.edited(), author.edited())
            assert await collect(reader, 3, author) == appended
            reader.seek(appended[1].partition, appended[1].offset)
            assert await collect(reader, 2, author) == appended[1:]

    async def test_a_stored_position_beyond_the_end_is_refused(self, log: Log) -> None:
        ends = await log.ends([TRACKS])

        async def start(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
            return {partition: ends[partition] + 1_000 for partition in partitions}

        with pytest.raises(PositionOutOfRange):
            async with log.read([TRACKS], group=None, start=start) as reader:
                await collect(reader, 1, new_author())

    async def test_the_ends_are_the_offsets_that_the_next_records_get(self, log: Log) -> None:
        author = new_author()
        appended = await append_all(log, author.imported())
        partition = appended[0].partition
        end = (await log.ends([TRACKS]))[partition]
        assert end == appended[0].offset + 1
        assert (await log.append(author.edited())).offset == end

    async def test_bytes_that_do_not_decode_are_delivered_as_they_are(self, log: Log, append_raw: AppendRaw) -> None:
        author = new_author()
        async with log.read([TRACKS], group=None, start=await from_now_on(log)) as reader:
            await append_raw(TRACKS, author.track.encode(), b"\xff{", {"ce_id": b"\xfe"})
            (record,) = await collect(reader, 1, author)
        assert (record.value, record.headers) == (b"\xff{", {"ce_id": b"\xfe"})
        with pytest.raises(Undecodable):
            decode(record)

    async def test_a_copy_has_the_bytes_as_they_were_and_the_headers_that_are_added(self, log: Log) -> None:
        key, at = uuid4().bytes, Partition(TRACKS, 3)
        broken = Record(at, 42, key, b"\xff{", {"ce_id": b"\xfe"})
        start = await from_now_on(log, DEAD_LETTERS)
        position = await log.copy(broken, DEAD_LETTERS, {"aik_reason": b"no JSON"})
        headers = {"ce_id": b"\xfe", "aik_reason": b"no JSON"}
        async with log.read([DEAD_LETTERS], group=None, start=start) as reader:
            copies = await collect_keys(reader, 1, {key})
        assert copies == [Record(position.partition, position.offset, key, b"\xff{", headers)]

    async def test_a_record_is_given_up_in_the_topic_and_the_partition_where_it_lies(self, log: Log) -> None:
        """Not where its key would lie: a foreign writer may have put it anywhere."""
        author = new_author()
        usual = (await log.append(author.imported())).partition.number
        for topic, number in ((TRACKS, (usual + 1) % 12), (ASSETS, 2)):
            start = await from_now_on(log, topic)
            dropped = author.dropped(topic, number, 7)
            position = await log.append(dropped)
            assert position.partition == Partition(topic, number)
            async with log.read([topic], group=None, start=start) as reader:
                (record,) = await collect(reader, 1, author)
            assert (record.partition, record.offset) == (position.partition, position.offset)
            assert decode(record) == dropped

    async def test_what_is_to_lie_in_a_partition_that_there_is_not_is_refused(self, log: Log) -> None:
        with pytest.raises(AppendFailed):
            await log.append(new_author().dropped(TRACKS, 1_000, 7))

    async def test_a_log_keeps_its_identity(self, log: Log) -> None:
        assert await log.identity() == await log.identity() != ""
