"""Each event's rows: the job as the event left it, and what it asks to be sent."""

from collections.abc import Iterable

import pytest
from aik_events.asset import Asset
from aik_events.endpoint import Endpoint
from aik_events.envelope import Partition
from aik_events.event import Event
from aik_events.ids import derived
from aik_events.messages import body_of
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from aik_events.topics import ASSETS, TRACKS, WEBHOOKS
from aik_events.track import Track
from aik_gateway.readmodel.models.deliveries import DeliveryFactRow, DeliveryRow, deliveries_of
from aik_gateway.readmodel.models.endpoints import EndpointRow
from aik_gateway.readmodel.models.timeline import TimelineRow, timeline_of
from aik_gateway.readmodel.models.tracks import JobRow
from aik_gateway.readmodel.rows import rows_of
from aik_service.folding import ASSET_FOLD, ENDPOINT_FOLD, TRACK_FOLD, Change, Fold, fold_all

URL = "https://example.org/hook"


def changes(events: Iterable[Event], fold: Fold = TRACK_FOLD) -> list[Change]:
    return fold_all(fold, {}, Partition(fold.topic, 0), list(enumerate(events)))[0]


def told(events: Iterable[Event]) -> list[tuple[str, str | None, str | None]]:
    """What listeners hear of each event: how, and in which state the job is then."""
    rows = [timeline_of(change) for change in changes(events)]
    return [(row.type, row.told, None if row.job is None else row.job["state"]) for row in rows]


def test_a_job_is_told_in_its_state_after_each_accepted_event() -> None:
    author = Author()
    events: list[Event] = [author.imported(lyrics=True), author.step_started("separate"), author.finished("check")]
    events += [author.step_failed("separate"), author.failed("separate", attempt=2), author.retried()]
    events += author.published()
    assert told(events) == [
        ("track.imported", "state", "queued"),
        ("job.step_started", "state", "running"),
        ("track.checked", None, None),
        ("job.step_failed", "step", "running"),
        ("job.failed", "state", "failed"),
        ("job.retried", "state", "running"),
        *[(event.type, "step", "running") for event in events[6:-1]],
        ("track.published", "state", "succeeded"),
    ]


def test_the_job_of_an_event_is_its_row_at_that_moment() -> None:
    author = Author()
    events = [author.imported(lyrics=True), *author.went_through("separate"), author.step_started("align")]
    for change in changes(events):
        row = timeline_of(change)
        [job] = [one for one in rows_of(change.after) if isinstance(one, JobRow)]
        assert row.job == job.model_dump(mode="json")
        assert row.duration_ms == change.after.duration_ms


def test_a_deletion_tells_the_job_that_it_cancels() -> None:
    author = Author()
    first = [author.imported(lyrics=True), author.deleted(), author.deleted()]
    assert told(first)[1:] == [("track.deleted", "state", "canceled"), ("track.deleted", None, None)]
    done = Author()
    assert told([done.imported(lyrics=True), *done.published(), done.deleted()])[-1] == ("track.deleted", None, None)


def test_an_edit_without_steps_is_about_no_job() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.edited(), author.details_changed(title="New")]
    assert [row for _, *row in told(events)[1:]] == [[None, None]] * 2


def deliveries(events: Iterable[Event], fold: Fold = TRACK_FOLD) -> list[DeliveryRow | DeliveryFactRow]:
    found = [row for change in changes(events, fold) for row in deliveries_of(change)]
    assert all(isinstance(row, DeliveryRow | DeliveryFactRow) for row in found)
    return found  # type: ignore[return-value]  # checked above


def test_an_accepted_event_that_asks_for_a_message_is_a_delivery_and_a_repeat_is_none() -> None:
    author = Author()
    imported = author.imported(lyrics=True, callback_url=URL)
    events = [imported, *author.published()]
    edit = author.edited()
    rows = deliveries([*events, edit, edit, author.edited(based_on=1)])
    assert [(row.kind, row.event_id) for row in rows if isinstance(row, DeliveryRow)] == [
        ("track.ready", events[-1].meta.id),
        ("lyrics.updated", edit.meta.id),
    ]
    ready = rows[0]
    assert isinstance(ready, DeliveryRow)
    assert ready.id == derived(events[-1].meta.id, "track.ready")
    assert (ready.client_id, ready.url, ready.track_id) == ("client-1", URL, "trk_1")
    body = body_of(ready.kind, ready.created_at, ready.data, "https://api.example.org")
    assert '"readyUrl":"https://api.example.org/v1/tracks/trk_1/ready?version=1"' in body


def test_each_fact_of_a_delivery_is_a_row_with_what_came_back() -> None:
    facts = [event for event in examples() if event.TOPIC == WEBHOOKS]
    failed, exhausted, delivered, asked, sent = deliveries(facts, ENDPOINT_FOLD)
    assert failed.model_dump() == {
        "event_id": facts[0].meta.id,
        "delivery_id": "dlv_1",
        "endpoint_id": "end_1",
        "offset": 0,
        "time": facts[0].meta.time,
        "caused_by": None,
        "attempt": 2,
        "outcome": None,
        "status": 503,
        "latency_ms": 120,
        "error": "status 503",
        "body": "busy",
        "retry_in_ms": 5000,
    }
    assert isinstance(exhausted, DeliveryFactRow)
    assert isinstance(delivered, DeliveryFactRow)
    assert (exhausted.outcome, delivered.outcome, delivered.status) == ("exhausted", "delivered", 204)
    assert isinstance(asked, DeliveryFactRow)
    assert (asked.attempt, asked.outcome) == (None, None)
    assert isinstance(sent, DeliveryRow)
    assert (sent.kind, sent.track_id, sent.url) == ("webhook.test", None, URL)


def test_an_answer_that_postgres_could_not_hold_is_kept_all_the_same() -> None:
    fact = next(event for event in examples() if event.TYPE == "webhook.attempt_failed")
    [row] = deliveries([fact.model_copy(update={"body": "a\0b"})], ENDPOINT_FOLD)
    assert isinstance(row, DeliveryFactRow)
    assert row.body == "a\ufffdb"


def test_an_endpoint_is_one_row_in_its_state() -> None:
    facts = [event for event in examples() if event.TOPIC == WEBHOOKS]
    after = changes(facts[:-1], ENDPOINT_FOLD)[-1].after
    [row] = rows_of(after)
    assert isinstance(row, EndpointRow)
    assert (row.id, row.client_id, row.url, row.disabled_reason) == ("end_1", "client-1", URL, "gone")
    assert row.created_at == facts[0].meta.time
    assert list(rows_of(Endpoint(id="end_1"))) == []


@pytest.mark.parametrize(("fold", "topic"), [(ASSET_FOLD, ASSETS), (TRACK_FOLD, TRACKS), (ENDPOINT_FOLD, WEBHOOKS)])
def test_every_event_is_in_the_timeline(fold: Fold, topic: str) -> None:
    events = [event for event in examples() if topic == event.TOPIC]
    rows = [timeline_of(change) for change in changes(events, fold)]
    assert [(row.type, row.offset) for row in rows] == [(event.type, n) for n, event in enumerate(events)]
    assert all(isinstance(row, TimelineRow) for row in rows)
    assert {type(change.after) for change in changes(events, fold)} <= {Asset, Track, Endpoint}


def test_assets_ask_for_nothing() -> None:
    author = AssetAuthor()
    assert deliveries([author.upload_started(), author.uploaded()], ASSET_FOLD) == []
