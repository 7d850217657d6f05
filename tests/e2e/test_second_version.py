"""An edit makes version 2 from the stems that are there; version 1 stays as it was."""

from typing import Any

import httpx
import pytest
from aik_local.testing import Suite
from aik_lyrics import Karaoke
from aik_lyrics.invariants import invariants
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.browser import Browser
from tests.e2e.conftest import Published, addresses

EDITED = "It always seems like time stands still\nwhen I am with you."


def computed(suite: Suite) -> dict[str, float]:
    """How many steps each worker has computed since it started."""
    found = {}
    for name in ("separator", "asr", "aligner", "qc", "publisher"):
        text = httpx.get(f"{addresses(suite)[name]}/metrics", trust_env=False).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        found[name] = sum(s.value for s in families["aik_steps_computed"].samples if s.name.endswith("_total"))
    return found


@pytest.fixture(scope="module")
def before(suite: Suite, published: Published) -> dict[str, float]:
    return computed(suite)


@pytest.fixture(scope="module")
def second(browser: Browser, published: Published, before: dict[str, float]) -> dict[str, Any]:
    """What is ready after the edit and the reprocessing."""
    track = published.track_id
    edited = browser.patch(f"/v1/tracks/{track}/lyrics", {"lyrics": EDITED}, **{"If-Match": '"v1"'})
    assert (edited.status_code, edited.json()["version"]) == (201, 2)
    assert browser.ready(track)["version"] == 1
    reprocess = browser.post(f"/v1/tracks/{track}/reprocess", {"steps": ["align"]})
    assert (reprocess.status_code, reprocess.json()["version"]) == (202, 2)
    assert browser.finished(reprocess.json()["jobId"])["state"] == "succeeded"
    return browser.ready(track)


def test_version_2_has_the_edited_words_with_times(second: dict[str, Any]) -> None:
    karaoke = Karaoke.model_validate(second["lyrics"])
    assert (second["version"], karaoke.version) == (2, 2)
    assert [line.text for line in karaoke.lines] == EDITED.split("\n")
    assert invariants(karaoke) == []


def test_version_1_is_still_served_as_it_was(browser: Browser, published: Published, second: dict[str, Any]) -> None:
    first = browser.get(f"/v1/tracks/{published.track_id}/ready?version=1").json()
    assert first["lyrics"] == published.ready["lyrics"]


def test_nothing_was_separated_or_transcribed_again(
    suite: Suite, before: dict[str, float], second: dict[str, Any]
) -> None:
    after = computed(suite)
    more = {name: after[name] - before[name] for name in after}
    assert more == {"separator": 0, "asr": 0, "aligner": 1, "qc": 1, "publisher": 1}


def test_the_versions_are_listed_newest_first(browser: Browser, published: Published, second: dict[str, Any]) -> None:
    versions = browser.get(f"/v1/tracks/{published.track_id}/versions").json()
    items = versions["items"] if isinstance(versions, dict) else versions
    assert [(v["version"], v["state"], v["origin"]) for v in items] == [
        (2, "published", "edit"),
        (1, "published", "import"),
    ]


def test_an_edit_of_a_version_that_is_not_the_newest_is_refused(
    browser: Browser, published: Published, second: dict[str, Any]
) -> None:
    stale = browser.patch(f"/v1/tracks/{published.track_id}/lyrics", {"lyrics": "Other words"}, **{"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
