"""A record as people look for it, whether this code can read it or not."""

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.event import Event
from aik_events.stored import Stored
from aik_events.telling.entries import Wanted, entry_of
from aik_events.testing.author import Author
from aik_events.testing.examples import examples

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def stored(event: Event, topic: str = "aik.tracks") -> Stored:
    headers = tuple(headers_of(event).items())
    return Stored(Partition(topic, 3), 7, 1_767_268_801_000, event.meta.subject.encode(), value_of(event), headers)


def test_an_entry_says_what_headers_and_body_say() -> None:
    author = Author(traceparent=TRACEPARENT)
    author.imported(lyrics=True)
    event = author.step_started("separate")
    entry = entry_of(stored(event))
    assert (entry.topic, entry.partition, entry.offset, entry.type) == ("aik.tracks", 3, 7, "job.step_started")
    assert (entry.id, entry.client, entry.cause) == (event.meta.id, "client-1", event.meta.causation_id)
    assert (entry.track, entry.trace, entry.fact("step"), entry.problem) == ("trk_1", TRACE, "separate", None)


def test_a_record_that_is_no_event_is_an_entry_all_the_same() -> None:
    entry = entry_of(Stored(Partition("aik.tracks", 0), 0, 0, None, b"\xff", (("odd", None),)))
    assert (entry.type, entry.key, entry.data, entry.track) == ("?", "", "/w==", None)
    assert entry.problem == "the header 'ce_id' is missing"


def test_a_delivery_is_about_the_track_that_its_body_names() -> None:
    delivered = next(event for event in examples() if event.type == "webhook.delivered")
    entry = entry_of(stored(delivered, "aik.webhooks"))
    assert entry.track == entry.fact("trackId")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), True),
        (Wanted(types=("job.step_started",)), True),
        (Wanted(types=("track.*", "job.*")), True),
        (Wanted(types=("job.step",)), False),
        (Wanted(track="trk_1", client="client-1", trace=TRACE, job="job_1_1"), True),
        (Wanted(trace=TRACEPARENT), True),
        (Wanted(track="trk_2"), False),
        (Wanted(client="client-2"), False),
        (Wanted(trace="0" * 32), False),
        (Wanted(job="job_1_2"), False),
    ],
)
def test_all_that_is_wanted_must_be_true(wanted: Wanted, found: bool) -> None:
    author = Author(traceparent=TRACEPARENT)
    author.imported(lyrics=True)
    assert wanted.is_this(entry_of(stored(author.step_started("separate")))) is found
