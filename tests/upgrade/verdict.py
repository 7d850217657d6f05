"""What must be true after an upgrade: what is true after faults, and what concerns two releases."""

from collections.abc import Callable, Sequence

from aik_events.track import STATE_VERSION

from tests.faults.invariants import Result, Words, judge
from tests.upgrade.next_release import NEW_SCHEMA
from tests.upgrade.run import Outcome
from tests.upgrade.written import RELEASES


def judged(outcome: Outcome, way: str) -> Sequence[Result]:
    concerning = [*ALWAYS, *HOLDING[way]]
    return [*judge(outcome.evidence), *(_result(rule, outcome) for rule in concerning)]


def _result(rule: Callable[[Outcome], Words], outcome: Outcome) -> Result:
    words = list(rule(outcome))
    return Result(rule.__name__.replace("_", " "), len(words), [word for word in words if word is not None])


def every_job_succeeded(outcome: Outcome) -> Words:
    for song in outcome.evidence.songs:
        seen = outcome.evidence.seen.get(song.number)
        state = seen["state"] if seen else "not seen"
        yield None if state == "succeeded" else f"{song.title} is {state}"


def both_versions_of_the_event_are_in_the_log(outcome: Outcome) -> Words:
    new = outcome.schemas[NEW_SCHEMA]
    yield None if new else f"nothing has {NEW_SCHEMA}"
    yield None if outcome.schemas.total() > new else "nothing has an older version"


def both_releases_did_some_of_everything(outcome: Outcome) -> Words:
    for service in outcome.done:
        for release in RELEASES:
            yield None if service.by[release] else f"{service.service}: no {service.what} by {release}"


def what_the_releases_said_they_did_is_in_the_log(outcome: Outcome) -> Words:
    """Not less than was said, by id or again; and nothing that nobody said. What the api did, its clients counted."""
    for service in outcome.done:
        said, written = service.by.total(), service.in_log + service.repeats
        is_told = service.service == "gateway-api" or service.in_log <= said <= written
        words = f"{service.service}: {said} {service.what}, {service.in_log} in the log and {service.repeats} again"
        yield None if service.in_log and is_told else words


def nothing_is_held_at_the_end(outcome: Outcome) -> Words:
    """By any schema of the new release."""
    for schema, held in outcome.watch.held.items():
        if schema.endswith(f"_v{STATE_VERSION}"):
            yield f"{schema} holds {held.now}" if held.now else None


def only_old_processes_met_what_they_could_not_read(outcome: Outcome) -> Words:
    for (name, release), count in outcome.holding.items():
        yield f"{name} of the new release held {count}" if release == "new" else None
    yield None


def readers_that_were_too_old_held_and_went_on(outcome: Outcome) -> Words:
    for schema, held in outcome.watch.held.items():
        yield None if held.undecodable else f"{schema} held nothing"


def nobody_ever_held_anything(outcome: Outcome) -> Words:
    for schema, held in outcome.watch.held.items():
        yield f"{schema} held {len(held.undecodable)}" if held.undecodable else None


def no_client_saw_a_broken_answer(outcome: Outcome) -> Words:
    for error in outcome.unexpected:
        yield f"{error.release} answered {error.status} to {error.request}: {error.body}"
    yield None


def a_repeated_request_has_the_same_answer_from_either_release(outcome: Outcome) -> Words:
    yield from outcome.doubled
    yield None


def every_process_ended_when_it_was_told(outcome: Outcome) -> Words:
    yield from outcome.deaf
    yield None


def a_rebuild_by_the_new_release_finds_no_difference(outcome: Outcome) -> Words:
    tables = outcome.rebuilt["tables"]
    if tables is None:
        yield "nothing was compared"
    for table in tables or ():
        yield f"{table['table']}: {table['differing']} differ, {table['shown']}" if table["differing"] else None
    yield f"{outcome.rebuilt['held']} are held" if outcome.rebuilt["held"] else None


ALWAYS: Sequence[Callable[[Outcome], Words]] = (
    every_job_succeeded,
    both_versions_of_the_event_are_in_the_log,
    both_releases_did_some_of_everything,
    what_the_releases_said_they_did_is_in_the_log,
    nothing_is_held_at_the_end,
    only_old_processes_met_what_they_could_not_read,
    no_client_saw_a_broken_answer,
    a_repeated_request_has_the_same_answer_from_either_release,
    every_process_ended_when_it_was_told,
    a_rebuild_by_the_new_release_finds_no_difference,
)
HOLDING: dict[str, Sequence[Callable[[Outcome], Words]]] = {
    "writers-first": [readers_that_were_too_old_held_and_went_on],
    "readers-first": [nobody_ever_held_anything],
    "beside": [],
}
