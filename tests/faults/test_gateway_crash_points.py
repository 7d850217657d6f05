"""An api process may be killed before and after every call that leaves it: its client asks again, nothing is doubled.

The client gets no answer and repeats its request as a browser would, to the next process. With an Idempotency-Key it
gets the answer that it missed; without one, an import that is repeated may make a second track, and all other commands
are refused for what they are based on.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import httpx
import pytest
from aik_events.catalogue import (
    JobCanceled,
    JobRetried,
    LyricsUpdated,
    TrackImported,
    TrackReprocessRequested,
)
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.log.memory import MemoryLog
from aik_events.topics import TRACKS
from aik_events.track import JobState
from aik_events.verdict import Verdict
from aik_gateway.private.request_keys import CLAIM
from aik_gateway.verdicts import LookUp, Verdicts, Waiter
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects

from tests.faults.crash.checks import assert_legal, assert_named_objects_are_there, history_of
from tests.faults.crash.life import Life, live
from tests.faults.crash.ports import MortalDatabase, MortalLog, MortalObjects
from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack, made_gateway

GATEWAYS = (TrackImported, LyricsUpdated, TrackReprocessRequested, JobCanceled, JobRetried)
Prepare = Callable[[GatewayStack, httpx.AsyncClient], Awaitable[Song]]
Ask = Callable[[httpx.AsyncClient, Song], Awaitable[httpx.Response]]


async def published(gateway: GatewayStack, client: httpx.AsyncClient) -> Song:
    song = await imported(gateway, client)
    await song.publish()
    return song


async def failed(gateway: GatewayStack, client: httpx.AsyncClient) -> Song:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate"))
    return song


async def import_again(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    """A track of the same asset."""
    (first, *_) = await song.events()
    assert isinstance(first, TrackImported)
    return await client.post("/v1/tracks/import", json={"assetId": first.source.asset_id, "lyrics": "One two"})


async def edit(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    path = f"/v1/tracks/{song.track_id}/lyrics"
    return await client.patch(path, json={"lyrics": "One\ntwo"}, headers={"If-Match": '"v1"'})


async def edit_and_reprocess(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    path, body = f"/v1/tracks/{song.track_id}/lyrics", {"lyrics": "One\ntwo", "reprocess": ["align"]}
    return await client.patch(path, json=body, headers={"If-Match": '"v1"'})


async def reprocess(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    return await client.post(f"/v1/tracks/{song.track_id}/reprocess", json={"steps": ["align"]})


async def cancel(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    return await client.post(f"/v1/jobs/{song.job_id}/cancel")


async def retry(client: httpx.AsyncClient, song: Song) -> httpx.Response:
    return await client.post(f"/v1/jobs/{song.job_id}/retry")


@dataclass(frozen=True)
class Command:
    """`done` is the answer when it is the first that the log has, `again` when the log had it already.

    `points` are those without a key; with one there are six more, of the key's three commits.
    """

    before: Prepare
    ask: Ask
    event: type[Event]
    done: int
    again: tuple[int, str] | None
    points: int


COMMANDS = {
    "import": Command(published, import_again, TrackImported, 202, None, points=5),
    "edit": Command(published, edit, LyricsUpdated, 201, (412, "stale"), points=5),
    "edit and reprocess": Command(published, edit_and_reprocess, LyricsUpdated, 201, (412, "stale"), points=5),
    "reprocess": Command(published, reprocess, TrackReprocessRequested, 202, (409, "job-running"), points=3),
    "cancel": Command(imported, cancel, JobCanceled, 200, (409, "job-closed"), points=3),
    "retry": Command(failed, retry, JobRetried, 202, (409, "not-failed"), points=3),
}


class MortalVerdicts(Verdicts):
    """Waiting is no point, but for its end, heard or looked up: what comes then is the answer."""

    def __init__(self, life: Life, database: Database, look_up: LookUp) -> None:
        super().__init__(database, look_up)
        self._life = life

    async def of(self, aggregate_id: str, event_id: str, waiter: Waiter, timeout_s: float) -> Verdict | None:
        self._life.check()
        verdict = await super().of(aggregate_id, event_id, waiter, timeout_s)
        if verdict is not None:
            self._life.reach("before the verdict is answered")
        return verdict


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made, made.projecting():
        yield made


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
@pytest.mark.parametrize(
    "command", COMMANDS.values(), ids=[f"{name}-{c.points}-points" for name, c in COMMANDS.items()]
)
async def test_a_command_happens_once_wherever_its_process_is_killed(
    gateway: GatewayStack, command: Command, keyed: bool
) -> None:
    points = await asked(gateway, command, None, keyed)
    assert len(points) == command.points + (6 if keyed else 0), points
    for point in points:
        try:
            assert (await asked(gateway, command, point, keyed))[-1] == point
        except Exception as error:
            error.add_note(f"killed {point}")
            raise
    await gateway.until_folded()
    before = await gateway.rows()
    await gateway.rebuilding().rebuild()
    assert await gateway.rows() == before, "nothing is there that the log does not explain"


async def asked(gateway: GatewayStack, command: Command, killed: str | None, keyed: bool) -> list[str]:
    """The points that the first process had; the second one is asked the same, and what came of it is checked."""
    async with gateway.api() as client:
        song = await command.before(gateway, client)
    tracks = await imports(gateway)
    key = {"Idempotency-Key": uuid4().hex} if keyed else {}
    life, answers = Life(killed), list[httpx.Response]()
    await live(life, one_api(life, gateway, command, song, key, answers))
    was_told = not keyed and killed is not None and any(point.startswith("after append") for point in life.points)
    if killed is not None:
        assert not answers, "the first process has answered"
        after = Life()
        later = replace(gateway, clock=lambda: datetime.now(UTC) + CLAIM)
        await live(after, one_api(after, later, command, song, key, answers))
    check_answer(command, answers[0], was_told)
    await gateway.until_folded()
    if command.event is TrackImported:
        assert await imports(gateway) == tracks + 1 + was_told
    else:
        await check_song(command, song)
    return life.points


async def one_api(
    life: Life,
    gateway: GatewayStack,
    command: Command,
    song: Song,
    key: Mapping[str, str],
    answers: list[httpx.Response],
) -> None:
    """One process, asked once; its client hears nothing when it dies before it has answered."""
    private = MortalDatabase(life, gateway.postgres, gateway.private.schema)
    mortal = replace(
        gateway,
        log=MortalLog(life, gateway.log),
        objects=MortalObjects(life, gateway.objects),
        private=private,
    )
    async with mortal.api(verdicts=partial(MortalVerdicts, life)) as client:
        client.headers.update(key)
        answers.append(await command.ask(client, song))
    await private.close()


def check_answer(command: Command, answer: httpx.Response, was_told: bool) -> None:
    if was_told and command.again is not None:
        assert (answer.status_code, answer.json()["code"]) == command.again
    else:
        assert answer.status_code == command.done, answer.text


async def check_song(command: Command, song: Song) -> None:
    events = await song.events()
    history = history_of(song.track_id, events)
    assert_legal(history)
    assert len([one for one in history if one.counts and isinstance(one.event, command.event)]) == 1
    assert sum(job.is_open for job in history[-1].after.jobs) <= 1
    assert_named_objects_are_there([event for event in events if isinstance(event, GATEWAYS)], song.objects.stored)
    if command.event is JobCanceled:
        assert [job.state for job in history[-1].after.jobs] == [JobState.CANCELED]


async def imports(gateway: GatewayStack) -> int:
    """How many there are, whatever a repeat has appended again."""
    ends = await gateway.log.ends([TRACKS])
    assert isinstance(gateway.log, MemoryLog)
    events = [decode(record) for partition in ends for record in gateway.log.slice_of(partition, 0)]
    return len({event.meta.id for event in events if isinstance(event, TrackImported)})
