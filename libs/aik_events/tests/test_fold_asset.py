"""An asset: started, then uploaded or aborted, the first stands; uploaded, then removed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aik_events.asset import Asset, AssetState, evolve_asset
from aik_events.event import Event
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.minting import BEGIN
from aik_events.verdict import Verdict

Write = Callable[[AssetAuthor], Event]


def started(author: AssetAuthor) -> Event:
    return author.upload_started()


def uploaded(author: AssetAuthor) -> Event:
    return author.uploaded()


def aborted(author: AssetAuthor) -> Event:
    return author.aborted()


def expired(author: AssetAuthor) -> Event:
    return author.aborted("expired")


def removed(author: AssetAuthor) -> Event:
    return author.removed()


def folded(*writes: Write) -> tuple[Asset, str | None]:
    """The asset after these, and the reason of the last one's rejection."""
    author = AssetAuthor()
    asset, verdict = Asset(id=author.asset), Verdict()
    for write in writes:
        asset, verdict = evolve_asset(asset, write(author))
    return asset, verdict.reason


@pytest.mark.parametrize(
    ("writes", "state", "reason"),
    [
        ([started], "uploading", None),
        ([started, started], "uploading", "exists"),
        ([started, uploaded], "uploaded", None),
        ([started, aborted], "aborted", None),
        ([started, expired], "expired", None),
        ([started, removed], "uploading", "asset-uploading"),
        ([started, uploaded, aborted], "uploaded", "asset-uploaded"),
        ([started, uploaded, uploaded], "uploaded", "asset-uploaded"),
        ([started, aborted, uploaded], "aborted", "asset-aborted"),
        ([started, expired, uploaded], "expired", "asset-expired"),
        ([started, uploaded, removed], "removed", None),
        ([started, uploaded, removed, removed], "removed", "asset-removed"),
        ([uploaded], "unknown", "unknown-asset"),
        ([removed], "unknown", "unknown-asset"),
    ],
)
def test_what_is_accepted_when(writes: list[Write], state: str, reason: str | None) -> None:
    asset, last = folded(*writes)
    assert (asset.state.value, last) == (state, reason)


def test_an_upload_keeps_what_was_said_of_it() -> None:
    asset, _ = folded(started)
    assert asset.model_copy(update={"verdicts": {}}) == Asset(
        id="ast_1",
        state=AssetState.UPLOADING,
        client_id="client-1",
        filename="song.flac",
        content_type="audio/flac",
        size_bytes=5_000_000,
        key="assets/ast_1/song.flac",
        multipart_id="multipart-1",
        part_size=8_388_608,
        created_at=BEGIN + timedelta(seconds=1),
        expires_at=BEGIN + timedelta(hours=24),
    )


def test_the_same_event_again_gets_its_first_verdict() -> None:
    author = AssetAuthor()
    event = author.upload_started()
    asset, _ = evolve_asset(Asset(id="ast_1"), event)
    assert evolve_asset(asset, event) == (asset, Verdict(repeat=True))


def test_an_event_of_a_track_is_rejected() -> None:
    asset, _ = folded(started)
    assert evolve_asset(asset, Author().imported())[1].reason == "asset-uploading"


def test_an_asset_survives_being_stored_as_json() -> None:
    asset, _ = folded(started, uploaded, removed)
    assert Asset.model_validate_json(asset.model_dump_json()) == asset
