"""One variable chooses the servers, and what is missing is said by name before any test runs."""

import pytest

from tests.servers.choice import Choice, check, chosen, taken_out
from tests.servers.errors import NotGiven, OnlyOneAtATime, UnknownChoice
from tests.servers.external import given

GIVEN = {
    "AIK_KAFKA": "kafka.test:9092",
    "AIK_POSTGRES": "postgresql://aik@postgres.test/aik",
    "AIK_S3_ENDPOINT": "https://s3.test",
    "AIK_S3_ACCESS_KEY": "key",
    "AIK_S3_SECRET_KEY": "secret",
    "AIK_S3_BUCKET": "aik-tests",
}
EXTERNAL = {"AIK_TEST_SERVERS": "external", **GIVEN}


def test_embedded_servers_are_the_default() -> None:
    assert [chosen({}), chosen({"AIK_TEST_SERVERS": ""})] == [Choice.EMBEDDED] * 2
    check({}, workers=2)


def test_another_word_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownChoice, match=r"is docker, and can be embedded or containers or external\.$"):
        check({"AIK_TEST_SERVERS": "docker"}, workers=1)


def test_external_servers_are_told_as_they_are_given() -> None:
    told = given(EXTERNAL)
    assert {name: told[name] for name in GIVEN} == GIVEN
    assert told.keys() - GIVEN.keys() == {"AIK_S3_REGION", "AIK_S3_ROLE_ARN", "AIK_PRESIGN_BIND_IP"}
    assert told["AIK_PRESIGN_BIND_IP"] == "false"
    assert given({**EXTERNAL, "AIK_S3_REGION": "eu-west-1"})["AIK_S3_REGION"] == "eu-west-1"


def test_every_address_that_is_missing_is_named() -> None:
    with pytest.raises(NotGiven, match=r"not set: AIK_POSTGRES, AIK_S3_SECRET_KEY\.$"):
        check({**EXTERNAL, "AIK_POSTGRES": "", "AIK_S3_SECRET_KEY": ""}, workers=1)


def test_one_set_of_servers_has_one_worker() -> None:
    check(EXTERNAL, workers=1)
    with pytest.raises(OnlyOneAtATime, match="WORKERS=1"):
        check(EXTERNAL, workers=2)


def test_tests_do_not_find_external_servers_in_the_environment_by_chance() -> None:
    assert set(taken_out({**EXTERNAL, "AIK_MODELS": "/models"})) == GIVEN.keys()
    assert taken_out({**GIVEN, "AIK_TEST_SERVERS": "embedded"}) == []
