"""A consumer whose schema is dropped in the middle of everything folds again, and acts only on what is open."""

from collections.abc import Mapping

from aik_events.catalogue import JobStepStarted, TrackSeparated
from aik_notifier.poster import Answer
from aik_notifier.sender import Sender
from aik_notifier.settings import NotifierSettings
from aik_notifier.testing.memory_queue import MemorySecrets
from aik_notifier.testing.story import Song
from aik_service.drafts import Draft
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.tasks import TASK_TABLES
from pydantic import SecretStr

from tests.pipeline.notifier_stack import BUSY, OK, Notifier, lease_of, taken
from tests.pipeline.stack import Stack
from tests.pipeline.test_inbox import tasks, until_folded, until_tasks
from tests.pipeline.test_step_runner import leased, until


async def test_a_step_service_goes_on_with_what_is_open(stack: Stack) -> None:
    """One song's step is told but not folded, one is being worked on, one waits, one was canceled."""
    async with stack.runner() as runner:
        async with stack.folding():
            told = await stack.import_song("la")
            await runner.work(done := await leased(stack))
            working = await stack.import_song("la")
            await until(stack, told, "track.separated")
            await until_tasks(stack, working)
            stale = await leased(stack)
            waiting, canceled = await stack.import_song("la"), await stack.import_song("la")
            await until_tasks(stack, working, waiting, canceled)
            await stack.cancel(canceled)
            await until_folded(stack)
        untold = await stack.import_song("la")
        await stack.database.drop()
        await stack.database.create([*INBOX_TABLES, *TASK_TABLES, Draft])
        assert not await stack.queue().renew(stale)
        async with stack.folding():
            await until_folded(stack)
            assert await tasks(stack) == sorted([working, waiting, untold])
            assert not await stack.queue().park(done)
            async with stack.working("two"):
                for track in (working, waiting, untold):
                    await until(stack, track, "track.separated")
            await runner.work(stale)
    assert await stack.types(canceled) == ["track.imported", "job.canceled"]
    for track in (told, working, waiting, untold):
        events = await stack.events(track)
        assert len({event.meta.id for event in events if isinstance(event, TrackSeparated)}) == 1
    assert sum(isinstance(event, JobStepStarted) for event in await stack.events(told)) == 1, "it is not done again"


async def test_a_told_step_whose_schema_is_gone_before_it_is_folded_is_not_done_again(stack: Stack) -> None:
    track = await stack.import_song("la")
    async with stack.runner() as runner:
        async with stack.folding():
            lease = await leased(stack)
        await runner.work(lease)
    await stack.database.drop()
    await stack.database.create([*INBOX_TABLES, *TASK_TABLES, Draft])
    inbox = stack.inbox()
    await inbox.prepare()
    assert await stack.queue("two").take() is None, "nothing is folded yet"
    async with stack.folding(), stack.working("two"):
        await until_folded(stack)
        assert await tasks(stack) == []
    assert await stack.types(track) == ["track.imported", "job.step_started", "track.separated"]


class Noting:
    """Gives these answers by delivery, and notes who got what."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self.posted: list[str] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.posted.append(headers["webhook-id"])
        return self._answers.get(headers["webhook-id"], OK)


SETTINGS = NotifierSettings(secret_key=SecretStr("key"), lease_s=60)
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


async def send_all(notifier: Notifier, poster: Noting) -> None:
    """Whatever is due, one after the other."""
    queue = notifier.queue()
    sender = Sender(SETTINGS, queue=queue, log=notifier.log, secrets=MemorySecrets([SECRET]), poster=poster)
    while (lease := await taken(queue)) is not None:
        await sender.work(lease)


async def test_the_notifier_posts_nothing_that_the_log_says_is_delivered(notifier: Notifier) -> None:
    songs = [Song(f"trk_{n}") for n in range(3)]
    delivered, refused, waiting = (lease_of(song, 1).delivery_id for song in songs)
    poster = Noting({refused: BUSY})
    await notifier.append(*songs[0].to_published(), *songs[1].to_published())
    await notifier.fold()
    await send_all(notifier, poster)
    assert sorted(poster.posted) == sorted([delivered, refused])
    await notifier.append(*songs[2].to_published())
    await notifier.start_anew()
    await send_all(notifier, poster)
    assert len(poster.posted) == 2, "nothing is folded yet"
    await notifier.fold()
    await send_all(notifier, poster)
    assert poster.posted[2:] == [waiting], "the one that was refused waits for its time"
    await notifier.fold()
    await notifier.make_due()
    await send_all(notifier, poster)
    assert poster.posted[3:] == [refused]
