"""Requests that Schemathesis makes from the OpenAPI document alone; `make schemathesis` makes more of them."""

from aik_local.testing import Suite

from tests.generated.run import asked, known


def test_every_generated_request_is_answered_as_the_document_says(suite: Suite, song: bytes) -> None:
    url = suite.environment["AIK_URL"]
    outcome = asked(url, known(url, song), "--max-examples", "2", "--seed", "1")
    assert outcome.failures == [], outcome.text
    assert outcome.cases >= 500
