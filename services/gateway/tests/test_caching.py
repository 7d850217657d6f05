"""ETags, and what a client has to say about them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from aik_gateway.api.caching import is_known, version_tag, versions_named
from aik_gateway.api.published import url_life_s, window_tag

HERE = ip_network("203.0.113.7/32")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ('"v3"', {3}),
        ('"v12.0a9f"', {12}),
        ('W/"v3.0a9f"', {3}),
        ('"v1", "v2"', {1, 2}),
        ("v3", set()),
        ('"v0"', set()),
        ('"3"', set()),
        ("*", set()),
        ("", set()),
    ],
)
def test_if_match_names_versions(header: str, versions: set[int]) -> None:
    assert versions_named(header) == versions


def test_a_tag_that_was_given_names_its_version() -> None:
    assert versions_named(version_tag(7, "a", None)) == {7}
    assert version_tag(7, "a", None) != version_tag(7, "b", None)


def test_known_tags_are_compared_weakly() -> None:
    assert is_known('W/"v1.ab"', '"v1.ab"')
    assert is_known('"x", "v1.ab"', 'W/"v1.ab"')
    assert is_known("*", '"v1.ab"')
    assert not is_known('"v1.abc"', '"v1.ab"')
    assert not is_known(None, '"v1.ab"')


def test_a_url_outlives_its_song() -> None:
    assert url_life_s(None, 600) == 600
    assert url_life_s(1_800_000, 600) == 2100


def test_an_answer_that_is_not_modified_never_has_a_dead_url() -> None:
    """Whoever asks with a tag gets another one before half of the URL's life is over."""
    first = window_tag("trk_1", 2, "cli", HERE, 600, NOW)
    later = [window_tag("trk_1", 2, "cli", HERE, 600, NOW + timedelta(seconds=s)) for s in range(0, 601, 10)]
    assert all(tag != first for tag in later[31:])


def test_a_ready_tag_covers_version_and_caller() -> None:
    tags = {
        window_tag("trk_1", 2, "cli", HERE, 600, NOW),
        window_tag("trk_1", 2, "other", HERE, 600, NOW),
        window_tag("trk_1", 3, "cli", HERE, 600, NOW),
        window_tag("trk_1", 2, "cli", ip_network("203.0.113.8/32"), 600, NOW),
    }
    assert len(tags) == 4
