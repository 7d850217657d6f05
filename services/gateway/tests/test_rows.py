"""The rows follow from the folded state, and from nothing else."""

from datetime import UTC, datetime, timedelta

from aik_events.asset import Asset, evolve_asset
from aik_events.catalogue import AssetUploaded, AssetUploadStarted, JobStepStarted, Source, TrackImported
from aik_events.event import Artefact, Meta
from aik_events.fold import evolve
from aik_events.pipeline import steps_at_import
from aik_events.track import Track
from aik_gateway.readmodel.models.assets import AssetRow
from aik_gateway.readmodel.models.tracks import JobRow, TrackRow, VersionRow
from aik_gateway.readmodel.rows import rows_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LYRICS = Artefact(key="tracks/trk_1/lyrics/1.json", sha256="00", size_bytes=2, content_type="application/json")


def meta(id: str, subject: str) -> Meta:
    return Meta(id=id, subject=subject, time=NOW, source="aik/test", client_id="cli")


IMPORTED = TrackImported(
    meta=meta("1", "trk_1"),
    job_id="job_1",
    source=Source(asset_id="ast_1", key="assets/ast_1/source.mp3", filename="a.mp3", size_bytes=9),
    steps=steps_at_import(has_lyrics=True),
    lyrics=LYRICS,
    title="Song",
)
STARTED = AssetUploadStarted(
    meta=meta("1", "ast_1"),
    filename="a.mp3",
    size_bytes=9,
    key="assets/ast_1/source.mp3",
    multipart_id="m",
    part_size=5,
    expires_at=NOW + timedelta(days=1),
)


def test_an_imported_track_has_its_version_and_its_job() -> None:
    track, _ = evolve(Track(id="trk_1"), IMPORTED)
    rows = {type(row): row.model_dump() for row in rows_of(track)}
    assert rows[TrackRow] == {
        "id": "trk_1",
        "client_id": "cli",
        "asset_id": "ast_1",
        "title": "Song",
        "artist": None,
        "language": None,
        "callback_url": None,
        "duration_ms": None,
        "newest_version": 1,
        "published_version": None,
        "job_id": "job_1",
        "job_state": "queued",
        "created_at": NOW,
        "deleted": False,
    }
    lyrics = {"key": LYRICS.key, "sha256": "00", "sizeBytes": 2, "contentType": "application/json"}
    version = rows[VersionRow]
    assert (version["number"], version["state"], version["lyrics"]) == (1, "processing", lyrics)
    job = rows[JobRow]
    assert (job["id"], job["version"], job["state"], job["run"]) == ("job_1", 1, "queued", 0)
    assert [step["step"] for step in job["steps"]] == ["separate", "align", "check", "publish"]


def test_a_rejected_event_changes_no_row() -> None:
    track, _ = evolve(Track(id="trk_1"), IMPORTED)
    too_early = JobStepStarted(meta=meta("2", "trk_1"), job_id="job_1", run=0, step="publish", attempt=1)
    after, verdict = evolve(track, too_early)
    assert verdict.reason == "out-of-order"
    assert list(rows_of(after)) == list(rows_of(track))


def test_what_was_never_accepted_has_no_rows() -> None:
    assert list(rows_of(Track(id="trk_1"))) == []
    assert list(rows_of(Asset(id="ast_1"))) == []


def test_an_asset_is_one_row_in_its_state() -> None:
    started, _ = evolve_asset(Asset(id="ast_1"), STARTED)
    uploaded, _ = evolve_asset(started, AssetUploaded(meta=meta("2", "ast_1"), size_bytes=9, etag="e"))
    before, after = list(rows_of(started)), list(rows_of(uploaded))
    assert isinstance(before[0], AssetRow)
    assert before[0].state == "uploading"
    assert [row.model_dump() for row in after] == [{**before[0].model_dump(), "state": "uploaded"}]
