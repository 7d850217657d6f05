"""Commands: appended once, answered by the verdict."""

from datetime import UTC, datetime

import pytest
from aik_events.catalogue import TrackDeleted
from aik_events.event import Event
from aik_events.log import AppendFailed, OutcomeUnknown, Position
from aik_events.log.memory import MemoryLog
from aik_events.verdict import ACCEPTED, Verdict, rejected
from aik_gateway.commands import Commands, minted
from aik_gateway.problems import Problem
from aik_gateway.readmodel.projector import ACCEPTED_MARK
from aik_gateway.verdicts import Verdicts
from aik_service.database import Database
from sqlalchemy.exc import OperationalError

NOWHERE = Database("postgresql://127.0.0.1:1/none", "none")


class Projected:
    """A projector that has judged everything, or nothing, by the time it is asked."""

    def __init__(self, verdict: Verdict | None) -> None:
        self.verdict = verdict
        self.asked: list[tuple[str, str]] = []

    async def look_up(self, aggregate_id: str, event_id: str) -> Verdict | None:
        self.asked.append((aggregate_id, event_id))
        return self.verdict


class Away(Projected):
    """Postgres answers from the second time on."""

    async def look_up(self, aggregate_id: str, event_id: str) -> Verdict | None:
        verdict = await super().look_up(aggregate_id, event_id)
        if len(self.asked) == 1:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return verdict


class LostLog(MemoryLog):
    async def append(self, event: Event) -> Position:
        raise OutcomeUnknown


class RefusingLog(MemoryLog):
    async def append(self, event: Event) -> Position:
        raise AppendFailed("not allowed")


def deleted() -> TrackDeleted:
    return TrackDeleted(meta=minted("cli", "trk_1"))


def commands(projected: Projected, log: MemoryLog | None = None) -> Commands:
    verdicts = Verdicts(NOWHERE, projected.look_up, poll_s=0.001)
    return Commands(log or MemoryLog(), verdicts, wait_s=0.05)


async def test_an_accepted_event_is_true() -> None:
    projected, event = Projected(ACCEPTED), deleted()
    assert await commands(projected).send(event)
    assert projected.asked == [("trk_1", event.meta.id)]


async def test_a_late_projector_is_false() -> None:
    assert not await commands(Projected(None)).send(deleted())


async def test_an_outage_after_the_append_is_waited_out() -> None:
    """The event is in the log: an error would make the client send the command twice."""
    assert await commands(Away(ACCEPTED)).send(deleted())
    assert not await commands(Away(None)).send(deleted())


@pytest.mark.parametrize(
    ("verdict", "status", "members"),
    [
        (rejected("stale", "the newest version is 3"), 412, {}),
        (rejected("unknown-track"), 404, {}),
        (rejected("deleted"), 404, {}),
        (rejected("job-running", "job_7"), 409, {"jobId": "job_7"}),
        (rejected("artefact-missing", "separate"), 409, {"step": "separate"}),
        (rejected("unknown-job"), 404, {}),
        (rejected("job-closed"), 409, {}),
        (rejected("not-failed"), 409, {}),
        (rejected("not-newest"), 409, {}),
        (rejected("not-qc-failed"), 409, {}),
        (rejected("something-new"), 409, {}),
    ],
)
async def test_a_rejection_answers_with_its_reason(verdict: Verdict, status: int, members: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        await commands(Projected(verdict)).send(deleted())
    assert (caught.value.code, caught.value.status, caught.value.members) == (verdict.reason, status, members)


async def test_an_unknown_outcome_gives_the_ids_back() -> None:
    with pytest.raises(Problem) as caught:
        await commands(Projected(None), LostLog()).send(deleted(), jobId="job_1")
    problem = caught.value
    assert (problem.code, problem.status, problem.members) == ("outcome-unknown", 503, {"jobId": "job_1"})
    assert "Retry-After" in problem.headers


async def test_a_log_that_refuses_is_unavailable_and_nothing_was_made() -> None:
    with pytest.raises(Problem) as caught:
        await commands(Projected(None), RefusingLog()).send(deleted(), jobId="job_1")
    problem = caught.value
    assert (problem.code, problem.status, problem.members) == ("unavailable", 503, {})
    assert "Retry-After" in problem.headers


async def test_a_verdict_is_taken_as_soon_as_it_is_heard() -> None:
    """Not at the next poll, which is an hour away."""
    event = deleted()
    verdicts = Verdicts(NOWHERE, Projected(ACCEPTED).look_up, poll_s=3600)

    class TellingLog(MemoryLog):
        async def append(self, event: Event) -> Position:
            verdicts.heard(["another", event.meta.id])
            return await super().append(event)

    assert await Commands(TellingLog(), verdicts, wait_s=5).send(event)


async def test_accepted_is_heard_and_not_looked_up() -> None:
    event = deleted()

    async def looked_up(aggregate_id: str, event_id: str) -> Verdict | None:
        raise AssertionError("nobody has to look")

    verdicts = Verdicts(NOWHERE, looked_up, poll_s=3600)

    class TellingLog(MemoryLog):
        async def append(self, event: Event) -> Position:
            verdicts.heard([ACCEPTED_MARK + event.meta.id])
            return await super().append(event)

    assert await Commands(TellingLog(), verdicts, wait_s=5).send(event)


def test_minted_events_say_when_and_by_whom() -> None:
    before = datetime.now(UTC)
    one, other = minted("cli", "trk_1"), minted("cli", "trk_1")
    assert one.id != other.id
    assert (one.client_id, one.subject, one.source) == ("cli", "trk_1", "aik/gateway")
    assert before <= one.time <= datetime.now(UTC)
