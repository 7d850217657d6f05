"""Listeners are woken, never queued for."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aik_gateway.feeds import Feeds, Notice
from aik_gateway.readmodel.models.tracks import JobRow
from aik_service.database import Database

NOWHERE = Database("postgresql://127.0.0.1:1/none", "none")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
JOB = JobRow(
    id="job_1",
    track_id="trk_1",
    client_id="cli",
    version=1,
    state="running",
    run=0,
    steps=[],
    failure=None,
    opened_at=NOW,
    finished_at=None,
)


def notice(offset: int) -> Notice:
    return Notice(offset, b"", is_end=False, job=JOB, duration_ms=None)


class Told:
    """A teller that waits until it may tell, and counts how often it was asked."""

    def __init__(self, *notices: Notice) -> None:
        self.notices = notices
        self.may_tell = asyncio.Event()
        self.looks = 0

    async def after(self, job: JobRow, offset: int) -> Sequence[Notice]:
        self.looks += 1
        await self.may_tell.wait()
        return [notice for notice in self.notices if notice.offset > offset]

    def progress(self, newest: Notice) -> bytes:
        self.looks += 1
        return b"progress"


async def nothing(tracks: Mapping[str, str]) -> Mapping[str, int]:
    return {}


async def test_one_look_answers_all_who_are_at_the_same_place() -> None:
    teller = Told(notice(1), notice(2))
    with Feeds(NOWHERE, nothing).following(notice(0), teller) as feed:
        asking = [asyncio.create_task(feed.after(place)) for place in (0, 0, 0, 1)]
        await asyncio.sleep(0)
        asking[0].cancel()
        teller.may_tell.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [[notice(1), notice(2)], [notice(1), notice(2)], [notice(2)]]
    assert teller.looks == 2


async def test_a_look_that_began_before_the_news_is_not_taken_for_one_after_it() -> None:
    teller = Told()
    with Feeds(NOWHERE, nothing).following(notice(0), teller) as feed:
        early = asyncio.create_task(feed.after(0))
        await asyncio.sleep(0)
        feed.told()
        late = asyncio.create_task(feed.after(0))
        teller.may_tell.set()
        await asyncio.gather(early, late)
    assert teller.looks == 2


async def test_progress_is_put_into_words_once_for_all_listeners() -> None:
    teller = Told()
    with Feeds(NOWHERE, nothing).following(notice(0), teller) as feed:
        assert {feed.progress() for _ in range(10)} == {b"progress"}
    assert teller.looks == 1


async def test_what_was_not_heard_is_found_by_looking() -> None:
    """Nobody answers at the address where notifications come from."""

    async def newest(tracks: Mapping[str, str]) -> Mapping[str, int]:
        assert tracks == {"job_1": "trk_1"}
        return {"job_1": 7}

    feeds = Feeds(NOWHERE, newest, poll_s=0.01)
    running = asyncio.create_task(feeds.run())
    with feeds.following(notice(0), Told()) as feed:
        async with asyncio.timeout(10):
            await feed.bell.wait()
        assert feed.news > 0
    assert feeds.listeners == 0
    running.cancel()
    await asyncio.wait([running])
    assert feeds.has_ended


async def test_when_a_process_ends_its_listeners_are_woken_to_go() -> None:
    feeds = Feeds(NOWHERE, nothing)
    running = asyncio.create_task(feeds.run())
    with feeds.following(notice(0), Told()) as feed:
        bell = feed.bell
        await asyncio.sleep(0)
        running.cancel()
        async with asyncio.timeout(10):
            await bell.wait()
    assert feeds.has_ended
