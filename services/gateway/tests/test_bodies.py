"""Requests as they may be written."""

import pytest
from aik_gateway.api.bodies import ImportRequest
from pydantic import ValidationError


def test_a_field_that_is_not_known_is_refused_by_its_name() -> None:
    with pytest.raises(ValidationError) as refusal:
        ImportRequest.model_validate({"assetId": "ast_1", "lyric": "la la"})
    assert [(error["loc"], error["type"]) for error in refusal.value.errors()] == [(("lyric",), "extra_forbidden")]
