"""Which release did what: by the logs of its processes, since the events do not tell."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aik_events.catalogue import StepResult
from aik_events.event import Event
from aik_events.topics import STEP_SERVICES

from tests.upgrade.fleet import API, Fleet
from tests.upgrade.front import Front

RELEASES = ("old", "new")
NOTIFIER = "notifier"
TOLD = {
    **dict.fromkeys(STEP_SERVICES, ("step ended", "succeeded", "results of steps")),
    NOTIFIER: ("webhook tried", "delivered", "webhooks delivered"),
}
"""Of each service what its log says of an event, the outcome that counts, and what is counted."""
HELD, READ_NOW = "a record does not decode, its key is held", "held records are read now"


@dataclass(frozen=True)
class Done:
    """Of one service: how much each release says to have done, and how much of it the log has by distinct ids."""

    service: str
    what: str
    by: Counter[str]
    in_log: int
    repeats: int


def done(fleet: Fleet, front: Front, events: Sequence[Event], deliveries: Sequence[Event]) -> Sequence[Done]:
    """`events` and `deliveries` as the log has them, repeats too."""
    of_service = defaultdict(list)
    for event in events:
        if isinstance(event, StepResult):
            of_service[event.SAID_BY[0]].append(event.meta.id)
    of_service[NOTIFIER] = [event.meta.id for event in deliveries]
    table = [
        Done(service, what, _ended(fleet, service, said, outcome), *_counted(of_service[service]))
        for service, (said, outcome, what) in TOLD.items()
    ]
    commands = Counter({release: front.answers[release, "command"] for release in RELEASES})
    return [Done(API, "commands answered; of tracks", commands, *_counted(_commands(events))), *table]


def holders(fleet: Fleet, said: str) -> Counter[tuple[str, str]]:
    """How often each process said so, by its name and release."""
    found: Counter[tuple[str, str]] = Counter()
    for release, name in fleet.said:
        found[name, release] += sum(line.get("event") == said for line in fleet.lines(release, name))
    return +found


def _ended(fleet: Fleet, service: str, said: str, outcome: str) -> Counter[str]:
    return Counter(
        {
            release: sum(
                (line.get("event"), line.get("outcome")) == (said, outcome) for line in fleet.lines(release, service)
            )
            for release in RELEASES
        }
    )


def _commands(events: Iterable[Event]) -> Sequence[str]:
    return [event.meta.id for event in events if event.SAID_BY == ("gateway",)]


def _counted(ids: Sequence[str]) -> tuple[int, int]:
    return len(set(ids)), len(ids) - len(set(ids))
