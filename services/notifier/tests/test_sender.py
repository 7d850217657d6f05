"""The sender: one try at a time, told to the log once, whatever happens in between."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_network

import httpcore
import pytest
from aik_events.catalogue import WebhookDelivered
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.ids import derived
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown, Position
from aik_events.log.memory import MemoryLog
from aik_events.topics import WEBHOOKS
from aik_notifier.dispatcher import Dispatcher
from aik_notifier.poster import Answer, Poster
from aik_notifier.room import Room
from aik_notifier.secret_store import SecretStore
from aik_notifier.sender import FactsUntold, Sender
from aik_notifier.settings import NotifierSettings
from aik_notifier.testing.memory_queue import MemoryQueue, MemorySecrets
from aik_notifier.testing.receiver import Receiver
from aik_notifier.testing.scripted import BODY, Scripted, due
from aik_notifier.testing.story import TRACEPARENT
from aik_notifier.transport import HttpPoster, system_resolver
from aik_service.callback_url import AddressRules
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook
from structlog.testing import capture_logs

SETTINGS = NotifierSettings(secret_key=SecretStr("key"), lease_s=0.15, poll_s=0.01)
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OK = Answer(latency_ms=1, status=200)
FAILED = Answer(latency_ms=1, status=500, error="http-500")


def sender(queue: MemoryQueue, log: Log, poster: Poster, secrets: SecretStore | None = None) -> Sender:
    return Sender(SETTINGS, queue=queue, log=log, secrets=secrets or MemorySecrets([NEW]), poster=poster)


async def looping(queue: MemoryQueue, sender: Sender) -> None:
    room = Room(senders=1, per_host=1)
    await Dispatcher(queue, sender.work, room=room, wait=asyncio.sleep, poll_s=SETTINGS.poll_s).run()


def told(log: MemoryLog) -> Sequence[Event]:
    return [decode(record) for record in log.slice_of(log.partition_of(WEBHOOKS, "end"), 0)]


async def test_a_delivery_is_signed_with_every_valid_secret_and_told() -> None:
    poster = HttpPoster(
        AddressRules(allowed=[ip_network("127.0.0.0/8")]),
        timeout_s=5,
        resolve=system_resolver,
        dialer=httpcore.AnyIOBackend(),
        tls=httpcore.default_ssl_context(),
    )
    queue, log = MemoryQueue(), MemoryLog()
    async with Receiver().listening() as receiver:
        await sender(queue, log, poster, MemorySecrets([NEW, OLD])).work(due(receiver.url, attempt=1))
    (received,) = receiver.received
    for secret in (NEW, OLD):
        Webhook(secret).verify(received.body, dict(received.headers))
    assert (received.headers["webhook-id"], received.body.decode()) == ("dlv", BODY)
    assert received.headers["content-type"] == "application/json"
    assert received.headers["traceparent"].split("-")[1] == TRACEPARENT.split("-")[1]
    (fact,) = told(log)
    assert isinstance(fact, WebhookDelivered)
    assert fact.meta.id == derived("dlv", "webhook.delivered", 1)
    assert queue.parked == ["dlv"]


async def test_the_loop_works_through_what_is_due() -> None:
    queue = MemoryQueue([due(name="one"), due(name="two")])
    log = MemoryLog()
    loop = asyncio.create_task(looping(queue, sender(queue, log, Scripted(OK, FAILED))))
    async with asyncio.timeout(5):
        while queue.parked != ["one", "two"]:
            await asyncio.sleep(0.01)
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert [event.type for event in told(log)] == ["webhook.delivered", "webhook.attempt_failed"]


async def test_a_sender_that_lost_its_lease_stops_and_tells_nothing() -> None:
    queue, log, poster = MemoryQueue(lost=True), MemoryLog(), Scripted(hangs=True)
    async with asyncio.timeout(5):
        await sender(queue, log, poster).work(due())
    assert (len(poster.urls), list(told(log)), queue.parked, queue.given_back) == (1, [], [], [])


class Flaky(MemoryLog):
    """Fails as it is told before it works."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def append(self, event: Event) -> Position:
        if self.errors:
            raise self.errors.pop(0)
        return await super().append(event)


async def test_a_log_that_does_not_take_the_fact_does_not_make_it_post_again() -> None:
    queue, poster = MemoryQueue(), Scripted(OK)
    log = Flaky(LogUnavailable("away"), OutcomeUnknown("perhaps"), AppendFailed("not allowed"))
    await sender(queue, log, poster).work(due())
    assert ([event.type for event in told(log)], poster.urls) == (["webhook.delivered"], ["https://hooks.example.com"])


class Refusing(MemoryLog):
    """Takes nothing before it is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.allowed = asyncio.Event(), asyncio.Event()

    async def append(self, event: Event) -> Position:
        self.asked.set()
        if not self.allowed.is_set():
            raise AppendFailed("not allowed")
        return await super().append(event)


async def test_a_fact_that_is_not_taken_is_said_by_the_readiness_check_until_it_is() -> None:
    queue, log = MemoryQueue(), Refusing()
    trying = sender(queue, log, Scripted(OK))
    await trying.check()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(trying.work(due()))
        await log.asked.wait()
        with pytest.raises(FactsUntold, match="dlv: AppendFailed"):
            await trying.check()
        log.allowed.set()
    await trying.check()
    assert (queue.parked, queue.given_back) == (["dlv"], [])


class SlowSecrets:
    async def valid(self, client_id: str) -> list[str]:
        await asyncio.Event().wait()
        return []


async def test_what_is_cancelled_before_it_is_sent_goes_back_and_what_may_have_been_sent_does_not() -> None:
    queue, log, silent = MemoryQueue(), Refusing(), Scripted(hangs=True)
    unsent = sender(queue, log, Scripted(), SlowSecrets()).work(due(name="unsent"))
    posting = sender(queue, log, silent).work(due(name="perhaps sent"))
    telling = sender(queue, log, Scripted(OK)).work(due(name="sent"))
    tasks = [asyncio.create_task(work) for work in (unsent, posting, telling)]
    await asyncio.wait_for(log.asked.wait(), 5)
    assert silent.urls
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert queue.given_back == ["unsent"]


class Poison:
    """Breaks at the first delivery in a way that nobody thought of."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.urls.append(url)
        if len(self.urls) == 1:
            raise RecursionError("unthinkable")
        return OK


async def test_a_delivery_that_breaks_the_sender_waits_and_holds_up_no_other() -> None:
    queue, log = MemoryQueue([due(name="poison"), due(name="other")]), MemoryLog()
    with capture_logs() as said:
        loop = asyncio.create_task(looping(queue, sender(queue, log, Poison())))
        async with asyncio.timeout(5):
            while queue.parked != ["other"]:
                await asyncio.sleep(0.01)
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop
    assert queue.given_back == ["poison"]
    [broken] = [line for line in said if line["log_level"] == "error"]
    assert (broken["delivery"], broken["exc_info"]) == ("poison", True)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 5), (2, 5 * 60), (9, 24 * 3600), (10, 24 * 3600), (99, 24 * 3600)]
)
async def test_what_broke_the_sender_comes_back_as_late_as_what_failed(attempt: int, seconds: float) -> None:
    queue = MemoryQueue()
    await sender(queue, MemoryLog(), Poison()).work(due(attempt=attempt))
    assert queue.waits == [pytest.approx(seconds, rel=0.1)]


class BrokenSecrets:
    async def valid(self, client_id: str) -> list[str]:
        raise OperationalError("SELECT", {}, Exception("Postgres is away"))


async def test_without_its_servers_it_gives_the_delivery_back() -> None:
    queue, log, poster = MemoryQueue(), MemoryLog(), Scripted()
    await sender(queue, log, poster, BrokenSecrets()).work(due())
    assert (queue.given_back, poster.urls, list(told(log))) == (["dlv"], [], [])


async def test_a_gone_endpoint_is_disabled_before_the_try_is_told() -> None:
    queue, log = MemoryQueue(), MemoryLog()
    gone = Answer(latency_ms=1, status=410, error="http-410")
    await sender(queue, log, Scripted(gone)).work(due(attempt=1))
    assert [event.type for event in told(log)] == ["webhook.endpoint_disabled", "webhook.exhausted"]
    assert queue.parked == ["dlv"]


class DyingAfter(MemoryLog):
    """The process dies when it has appended so many events."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    async def append(self, event: Event) -> Position:
        if self.left == 0:
            raise asyncio.CancelledError
        self.left -= 1
        return await super().append(event)


async def test_who_dies_between_the_two_leaves_the_endpoint_disabled_and_the_delivery_open() -> None:
    """The next try says the same of the endpoint under an id of its own, which changes nothing any more."""
    queue, log = MemoryQueue(), DyingAfter(1)
    gone = Answer(latency_ms=1, status=410, error="http-410")
    with pytest.raises(asyncio.CancelledError):
        await sender(queue, log, Scripted(gone)).work(due(attempt=1))
    assert [event.type for event in told(log)] == ["webhook.endpoint_disabled"]
    assert (queue.parked, queue.given_back) == ([], [])
