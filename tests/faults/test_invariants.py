"""Each invariant sees what it is there to see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import pytest
from aik_events.catalogue import TrackAligned, TrackPublished
from aik_events.event import Event
from aik_events.messages import message_of
from aik_events.testing.author import Author

from tests.faults.evidence import Evidence, Receipt, Stored, artefacts_of
from tests.faults.invariants import judge
from tests.faults.judged import Judged
from tests.faults.songs import REFUSED, Song

URL = "http://api"
SONG = Song(0, "client-1", b"{}", None)


def author() -> Author:
    return Author("trk_a")


def evidence_of(events: Sequence[Event], *songs: Song) -> Evidence:
    """A run that left exactly what these events ask for."""
    bare = Evidence(songs=songs, seen={}, events=events, public_url=URL)
    messages = [m for one in bare.judged if one.counts and (m := message_of(one.event, one.after))]
    tracks = {track.id: track for track in bare.tracks}
    jobs = [job for track in tracks.values() for job in track.jobs]
    return replace(
        bare,
        seen={song.number: {"jobId": job.id, "state": job.state} for song, job in zip(songs, jobs, strict=False)},
        objects={a.key: Stored(a.sha256, a.size_bytes) for e in events for a in artefacts_of(e)},
        rows=["a row"],
        replayed=["a row"],
        folded={"gateway_v1": tracks},
        receipts=[Receipt(message.id, message.body(URL), 204) for message in messages],
    )


def wrong(evidence: Evidence) -> set[str]:
    return {result.name for result in judge(evidence) if result.wrong}


def published() -> tuple[Author, list[Event]]:
    story = author()
    return story, [story.imported(title=SONG.title, callback_url="http://hook"), *story.published()]


def test_a_run_without_a_fault_is_as_it_should_be() -> None:
    _, events = published()
    results = judge(evidence_of(events, SONG))
    assert [result.wrong for result in results] == [[]] * 10
    assert all(result.looked_at for result in results)


def test_a_result_told_twice_is_one_result() -> None:
    _, events = published()
    assert wrong(evidence_of([*events, events[-1], events[-3]], SONG)) == set()


def test_a_job_that_stays_open_is_seen() -> None:
    _, events = published()
    assert "every job ends" in wrong(evidence_of(events[:-1], SONG))


def test_a_song_that_no_track_was_made_of_is_seen() -> None:
    _, events = published()
    lost = replace(SONG, number=1)
    assert wrong(evidence_of(events, SONG, lost)) == {"every song ends as it should"}


@pytest.mark.parametrize(
    ("song", "code", "fine"),
    [
        (SONG, "engine-failed", False),
        (replace(SONG, refused="separate"), REFUSED, True),
        (replace(SONG, refused="align"), REFUSED, False),
        (replace(SONG, refused="separate"), "engine-failed", False),
    ],
)
def test_a_song_may_fail_only_where_and_how_it_should(song: Song, code: str, fine: bool) -> None:
    story = author()
    events = [story.imported(title=song.title), story.step_started("separate"), story.failed("separate", code=code)]
    assert ("every song ends as it should" not in wrong(evidence_of(events, song))) == fine


def test_a_state_that_the_client_was_not_told_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    told = {0: {**run.seen[0], "state": "failed"}}
    assert wrong(replace(run, seen=told)) == {"every song ends as it should"}


def with_another(events: Iterable[Event], **changed: Any) -> list[Event]:
    """The events, and the publication once more, told otherwise."""
    *_, last = events
    assert isinstance(last, TrackPublished)
    return [*events, last.model_copy(update=changed)]


def test_a_version_that_is_published_with_other_files_is_seen() -> None:
    _, events = published()
    run = evidence_of(with_another(events, artefacts={}), SONG)
    assert wrong(run) == {"every version is published once"}


def test_a_version_that_is_published_under_another_id_is_seen() -> None:
    _, events = published()
    meta = events[-1].meta.model_copy(update={"id": "another"})
    assert wrong(evidence_of(with_another(events, meta=meta), SONG)) == {"every version is published once"}


def test_a_step_that_was_told_out_of_its_turn_is_seen() -> None:
    _, events = published()
    [aligned] = [event for event in events if isinstance(event, TrackAligned)]
    early = aligned.model_copy(update={"meta": aligned.meta.model_copy(update={"id": "early"})})
    assert wrong(evidence_of([events[0], early, *events[1:]], SONG)) == {"every history is legal"}


class ForgetfulEvidence(Evidence):
    """Folded by somebody who reopens jobs that have ended."""

    @cached_property
    def histories(self) -> Mapping[str, Sequence[Judged]]:
        folded = evidence_of(self.events, *self.songs).histories
        return {
            id: [*history, replace(history[1], before=history[-1].after, after=history[1].after)]
            for id, history in folded.items()
        }


def test_a_job_that_is_reopened_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    reopened = ForgetfulEvidence(**{field.name: getattr(run, field.name) for field in fields(run)})
    assert "every history is legal" in wrong(reopened)


def test_an_object_that_is_missing_or_not_what_the_event_says_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    key = next(iter(run.objects))
    others = {name: stored for name, stored in run.objects.items() if name != key}
    assert wrong(replace(run, objects=others)) == {"every named object is there"}
    assert wrong(replace(run, objects={**others, key: Stored("0", 1)})) == {"every named object is there"}


def test_rows_that_a_replay_does_not_give_are_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    assert wrong(replace(run, rows=["a row", "a row"])) == {"a replay gives the same rows"}
    assert wrong(replace(run, replayed=["a row", "another"])) == {"a replay gives the same rows"}


def test_a_consumer_that_has_folded_something_else_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    behind = evidence_of(events[:-1], SONG)
    folded = {"gateway_v1": run.folded["gateway_v1"], "qc_v1": behind.folded["gateway_v1"]}
    assert wrong(replace(run, folded=folded)) == {"every consumer has folded the same"}
    assert wrong(replace(run, folded={"qc_v1": {}})) == {"every consumer has folded the same"}


def test_work_that_is_left_is_seen() -> None:
    _, events = published()
    assert wrong(replace(evidence_of(events, SONG), left=["qc_v1: task"])) == {"no work is left"}


def test_a_webhook_whose_id_differs_between_tries_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    [receipt] = run.receipts
    again = [replace(receipt, status=503), receipt, replace(receipt, webhook_id="another")]
    assert wrong(replace(run, receipts=again)) == {"every webhook keeps its id"}
    assert wrong(replace(run, receipts=[replace(receipt, status=503), receipt])) == set()


def test_a_webhook_that_never_arrives_is_seen() -> None:
    _, events = published()
    run = evidence_of(events, SONG)
    [receipt] = run.receipts
    assert wrong(replace(run, receipts=[replace(receipt, status=503)])) == {"every webhook arrives"}
    assert wrong(replace(run, receipts=[])) == {"every webhook arrives"}
