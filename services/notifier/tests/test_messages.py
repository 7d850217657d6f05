"""The messages that follow from events, compared whole."""

import json
from dataclasses import asdict

from aik_events.catalogue import WebhookTestRequested
from aik_events.event import Event, Meta
from aik_events.ids import derived
from aik_events.messages import Message, message_of, message_of_test
from aik_notifier.testing.story import DAY, TRACEPARENT, Song

SONG = Song()
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def message(*events: Event, song: Song = SONG) -> Message | None:
    """Of the last event."""
    return message_of(events[-1], song.folded(*events))


def body(*events: Event) -> object:
    found = message(*events)
    return found and json.loads(found.body("https://aik.example.com"))


def test_a_published_version_is_ready() -> None:
    assert body(*SONG.to_published()) == {
        "type": "track.ready",
        "timestamp": "2026-11-03T12:04:00.000Z",
        "data": {
            "clientId": "cli",
            "trackId": "trk_1",
            "jobId": "job_trk_1",
            "version": 1,
            "traceId": TRACE,
            "title": "Slow Motion Dream",
            "artist": "Steven M Bryant",
            "language": "en",
            "durationMs": 214_000,
            "qc": {"verdict": "warn", "score": 0.8, "codes": ["loudness-differs"]},
            "readyUrl": "https://aik.example.com/v1/tracks/trk_1/ready?version=1",
        },
    }


def test_a_final_failure_is_told() -> None:
    assert body(SONG.imported(), SONG.failed()) == {
        "type": "job.failed",
        "timestamp": "2026-11-03T12:05:00.000Z",
        "data": {
            "clientId": "cli",
            "trackId": "trk_1",
            "jobId": "job_trk_1",
            "version": 1,
            "traceId": TRACE,
            "failure": {
                "step": "separate",
                "code": "engine-failed",
                "detail": "The engine ended.",
                "retryable": True,
                "attempts": 3,
            },
            "jobUrl": "https://aik.example.com/v1/jobs/job_trk_1",
        },
    }


def test_new_lyrics_are_told_and_a_draft_has_no_job() -> None:
    assert body(*SONG.to_published(), SONG.edited()) == {
        "type": "lyrics.updated",
        "timestamp": "2026-11-03T12:07:00.000Z",
        "data": {
            "clientId": "cli",
            "trackId": "trk_1",
            "jobId": None,
            "version": 2,
            "traceId": TRACE,
            "previousVersion": 1,
            "linesChanged": 2,
            "changedLineIds": ["line 0", "line 1"],
            "lyricsUrl": "https://aik.example.com/v1/tracks/trk_1/lyrics?version=2",
        },
    }


def test_at_most_a_hundred_line_ids_are_sent() -> None:
    found = message(*SONG.to_published(), SONG.edited(lines=250))
    assert found is not None
    data = json.loads(found.body("https://aik.example.com"))["data"]
    assert (data["linesChanged"], len(data["changedLineIds"])) == (250, 100)


def test_the_id_follows_from_the_event_and_the_rest_says_where_to() -> None:
    found = message(SONG.imported(), SONG.failed())
    assert found is not None
    assert asdict(found) | {"data": {}} == {
        "id": derived(SONG.failed().meta.id, "job.failed"),
        "kind": "job.failed",
        "event_id": SONG.failed().meta.id,
        "track_id": "trk_1",
        "client_id": "cli",
        "url": "https://hooks.example.com/aik",
        "time": DAY.replace(minute=5),
        "traceparent": TRACEPARENT,
        "data": {},
    }


def test_a_malformed_traceparent_is_no_trace() -> None:
    event = SONG.failed()
    malformed = Meta(**{**event.meta.model_dump(), "traceparent": "abc"})
    found = message(SONG.imported(), event.model_copy(update={"meta": malformed}))
    assert found is not None
    assert (found.traceparent, json.loads(found.body("https://aik.example.com"))["data"]["traceId"]) == (None, None)


def test_each_failure_of_a_retried_job_is_a_message_of_its_own() -> None:
    first = message(SONG.imported(), SONG.failed())
    second = message(SONG.imported(), SONG.failed(), SONG.retried(), SONG.failed(run=1))
    assert first is not None
    assert second is not None
    assert first.id != second.id


def test_a_track_without_a_callback_gets_no_message() -> None:
    song = Song(url=None)
    assert message(*song.to_published(), song=song) is None


def test_other_events_are_not_told() -> None:
    events = [SONG.imported(), *SONG.steps()]
    assert [message(*events[: n + 1]) for n in range(len(events))] == [None] * len(events)


def test_a_test_is_about_no_track() -> None:
    asked = WebhookTestRequested(meta=SONG.meta("test", 9), url="https://hooks.example.com/aik")
    found = message_of_test(asked)
    assert (found.kind, found.track_id, found.url) == ("webhook.test", None, "https://hooks.example.com/aik")
    assert found.data == {"clientId": "cli", "trackId": None, "jobId": None, "version": None, "traceId": TRACE}
