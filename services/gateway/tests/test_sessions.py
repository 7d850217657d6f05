"""What a session for presigned URLs may do, and how long it is used."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from aik_gateway.presigning import FILES_TO_A_GRANT, Presigner
from aik_gateway.sessions import MOST_KEPT, REUSE_S, SHORTEST_S, BoundSessions, policy_of
from aik_gateway.settings import GatewaySettings
from aik_service.objects import ObjectsUnavailable
from minio.credentials.credentials import Credentials
from pydantic import SecretStr

HERE, THERE = ip_network("203.0.113.7/32"), ip_network("203.0.113.8/32")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STS_TAKES = 2_048
"""Characters of a policy."""


class Counting(BoundSessions):
    """A store that gives every session, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW
        self.begun = 0
        self.answers_after = timedelta(0)
        super().__init__(settings(), lambda: self.now)

    async def _asked(self, policy: str, life_s: int, sts: object) -> Credentials:
        self.begun += 1
        self.now += self.answers_after
        return Credentials(f"key{self.begun}", "secret", "token")


def settings() -> GatewaySettings:
    key = SecretStr("key")
    return GatewaySettings(s3_endpoint="http://127.0.0.1:1", s3_access_key="key", s3_secret_key=key, secret_key=key)


def test_a_policy_names_one_action_the_objects_and_one_network() -> None:
    [statement] = json.loads(policy_of("aik", "s3:GetObject", ["a/b", "a/c"], HERE))["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::aik/a/b", "arn:aws:s3:::aik/a/c"],
        "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.7/32"]}},
    }


def test_the_policy_of_one_grant_is_short_enough_for_sts() -> None:
    names = ["lyrics.enhanced.lrc"] * FILES_TO_A_GRANT
    folder = f"tracks/trk_{32 * '0'}/artefacts/publish/{64 * '0'}/1-{8 * '0'}"
    policy = policy_of(63 * "b", "s3:GetObject", [f"{folder}/{name}" for name in names], ip_network("2001:db8::/64"))
    assert len(policy) <= STS_TAKES


async def test_files_that_are_too_many_for_one_policy_get_as_many_sessions_as_they_need() -> None:
    sessions = Counting()
    names = {f"tracks/trk_1/{number}": None for number in range(2 * FILES_TO_A_GRANT + 1)}
    signed = await Presigner(sessions).downloads(names, 600, HERE)
    assert (list(signed), sessions.begun) == (list(names), 3)
    tokens = [one.url.partition("X-Amz-Credential=")[2].partition("%2F")[0] for one in signed.values()]
    assert tokens == ["key1"] * FILES_TO_A_GRANT + ["key2"] * FILES_TO_A_GRANT + ["key3"]


async def test_a_session_serves_again_as_long_as_it_outlives_the_urls() -> None:
    sessions = Counting()
    first = await sessions.signer("s3:GetObject", ["a", "b"], HERE, 600)
    sessions.now += timedelta(seconds=SHORTEST_S - 600)
    assert await sessions.signer("s3:GetObject", ["b", "a"], HERE, 600) is first
    sessions.now += timedelta(seconds=1)
    assert await sessions.signer("s3:GetObject", ["a", "b"], HERE, 600) is not first


async def test_a_session_for_long_urls_is_longer_and_serves_again_as_well() -> None:
    sessions = Counting()
    first = await sessions.signer("s3:GetObject", ["a"], HERE, 10 * SHORTEST_S)
    sessions.now += timedelta(seconds=REUSE_S)
    assert await sessions.signer("s3:GetObject", ["a"], HERE, 10 * SHORTEST_S) is first


async def test_a_session_lives_from_when_it_was_asked_for_however_late_the_answer_is() -> None:
    """The store reckons from before its answer came: a URL of the last moment would die before its time."""
    sessions = Counting()
    sessions.answers_after = timedelta(seconds=5)
    first = await sessions.signer("s3:GetObject", ["a"], HERE, 600)
    sessions.now = NOW + timedelta(seconds=SHORTEST_S - 600)
    assert await sessions.signer("s3:GetObject", ["a"], HERE, 600) is first
    sessions.now += timedelta(seconds=1)
    assert await sessions.signer("s3:GetObject", ["a"], HERE, 600) is not first


async def test_another_action_object_or_network_is_another_session() -> None:
    sessions = Counting()
    await sessions.signer("s3:GetObject", ["a"], HERE, 600)
    await sessions.signer("s3:PutObject", ["a"], HERE, 600)
    await sessions.signer("s3:GetObject", ["b"], HERE, 600)
    await sessions.signer("s3:GetObject", ["a"], THERE, 600)
    assert sessions.begun == 4


async def test_only_the_sessions_that_were_used_last_are_remembered() -> None:
    sessions = Counting()
    for number in range(MOST_KEPT + 1):
        await sessions.signer("s3:GetObject", [str(number)], HERE, 600)
    await sessions.signer("s3:GetObject", [str(MOST_KEPT)], HERE, 600)
    assert sessions.begun == MOST_KEPT + 1
    await sessions.signer("s3:GetObject", ["0"], HERE, 600)
    assert sessions.begun == MOST_KEPT + 2


async def test_a_store_that_gives_no_session_is_unavailable() -> None:
    with pytest.raises(ObjectsUnavailable):
        await BoundSessions(settings(), lambda: NOW).check()
