"""docs/operations.md, "Back up and restore", walked through by its own commands: all is lost in between."""

import asyncio
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aik_local.credentials import Credentials, load_or_create
from aik_local.layout import Layout
from aik_local.testing import Servers, temporary_folder
from standardwebhooks import Webhook

from tests.e2e.receiver import Delivery, Receiver, receiving
from tests.faults.suite import FaultySuite
from tests.restore.runbook import Operator, commands_of
from tests.restore.used_suite import (
    CLIENT,
    DRAFTED,
    Seen,
    Used,
    asking,
    client_of,
    event_ids,
    import_again,
    look,
    nothing_is_left,
    rename,
    use,
)

TOPICS = "aik-events topics create"
BACKUP, RESTORE = commands_of("Back up"), commands_of("Restore")
CHECKS, FORGET = commands_of("Check what was restored"), commands_of("Only a part is lost")
SCRIPTS = {"back up": BACKUP, "restore": RESTORE, "check": CHECKS, "forget": FORGET}


@dataclass(frozen=True)
class Lost:
    """A suite that was used, and what was seen of it, before and after everything was lost."""

    used: Used
    before: Seen
    after: Seen
    suite: FaultySuite
    receiver: Receiver
    told_before: list[Delivery]
    told_after: list[Delivery]
    private_rows: dict[str, int]
    """In the restored private schema, before any service ran."""
    checks: str


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    with ExitStack() as stack:
        old, new, desk = (stack.enter_context(temporary_folder()) for _ in range(3))
        receiver = stack.enter_context(receiving())
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("AIK_TOKENS_REQUIRED", "true")
        used, before, secret_key = lived_and_backed_up(old, desk, receiver)
        told_before = list(receiver.deliveries)
        shutil.rmtree(old)
        private_rows, checks = restored(new, desk, secret_key)
        suite = FaultySuite(new, workers=1, engines="standin")
        suite.start()
        stack.callback(suite.stop)
        asyncio.run(nothing_is_left(suite.environment))
        after = asyncio.run(look(suite.environment, used))
        told_after = list(receiver.deliveries)
        yield Lost(used, before, after, suite, receiver, told_before, told_after, private_rows, checks)


def lived_and_backed_up(root: Path, desk: Path, receiver: Receiver) -> tuple[Used, Seen, str]:
    suite = FaultySuite(root, workers=1, engines="standin")
    suite.start()
    try:
        operator = Operator(desk, suite.environment)
        token = operator.runs(f"aik-gateway tokens create {CLIENT}").strip()
        used = asyncio.run(use(suite.environment, token, receiver.url))
        operator.runs("aik-gateway rebuild")
        before = asyncio.run(look(suite.environment, used))
        operator.runs(BACKUP)
        return used, before, load_or_create(suite.layout.credentials).secret_key
    finally:
        suite.stop()


def restored(root: Path, desk: Path, secret_key: str) -> tuple[dict[str, int], str]:
    """Into servers with other keys and passwords: the private rows that came back, what the checks say."""
    other = replace(Credentials(), secret_key=secret_key)
    Layout(root).credentials.write_text(json.dumps(vars(other)), "utf-8")
    servers = Servers(root)
    servers.start()
    try:
        operator = Operator(desk, {**servers.environment, "AIK_SECRET_KEY": secret_key})
        operator.runs(TOPICS)
        kill_at_the_first_object(operator)
        operator.runs(RESTORE)
        rows = private_rows_of(servers.environment["AIK_POSTGRES"])
        with projecting(operator):
            wait_until_folded(operator)
            return rows, operator.runs(CHECKS)
    finally:
        servers.stop()


def kill_at_the_first_object(operator: Operator) -> None:
    process = operator.begins(RESTORE)
    minio, bucket = client_of(operator.environment), operator.environment["AIK_S3_BUCKET"]
    while not list(minio.list_objects(bucket, recursive=True)):
        assert process.poll() is None, "it ended before it stored an object"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@contextmanager
def projecting(operator: Operator) -> Iterator[None]:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    process = operator.begins(f"AIK_HTTP_HOST=127.0.0.1 AIK_HTTP_PORT={port} exec aik-gateway projector")
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def wait_until_folded(operator: Operator) -> None:
    deadline = time.monotonic() + 60
    while True:
        told = operator.tries("aik-events lag --json")
        rows: list[dict[str, Any]] = [json.loads(line) for line in told.stdout.splitlines()]
        if rows and not sum(row["behind"] for row in rows):
            return
        assert time.monotonic() < deadline, told
        time.sleep(0.5)


def private_rows_of(postgres: str) -> dict[str, int]:
    with psycopg.connect(postgres) as connection:
        tables = connection.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'gateway_private'")
        names = [name for (name,) in tables]
        counts = {}
        for name in names:
            query = psycopg.sql.SQL("SELECT count(*) FROM gateway_private.{}").format(psycopg.sql.Identifier(name))
            [(counts[name],)] = connection.execute(query)
        return counts


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_ends_at_the_first_command_that_fails(name: str, tmp_path: Path) -> None:
    operator = Operator(tmp_path, {"AIK_POSTGRES": "postgresql://aik:word@127.0.0.1:1/aik"})
    operator.environment["PATH"] = str(tmp_path)
    told = operator.tries(SCRIPTS[name])
    assert told.returncode == 127
    [line] = told.stderr.splitlines()
    assert line.endswith("not found")


def test_every_row_of_the_read_model_is_as_it_was(lost: Lost) -> None:
    assert lost.after.rows == lost.before.rows
    assert all(
        lost.before.rows[table] for table in ("asset", "track", "version", "job", "timeline", "delivery", "folded")
    )


def test_every_object_has_the_bytes_and_the_type_that_it_had(lost: Lost) -> None:
    assert lost.after.objects == lost.before.objects
    assert len(lost.before.objects) > 50


def test_the_api_answers_the_same_bytes_but_for_urls(lost: Lost) -> None:
    assert differing(lost.after.answers, lost.before.answers) == {}


def test_no_webhook_is_sent_again(lost: Lost) -> None:
    assert lost.told_before
    assert lost.told_after == lost.told_before


def test_the_checks_find_nothing_wrong(lost: Lost) -> None:
    for told in ("nothing is wrong", "by size and sha256: nothing wrong", "none differs"):
        assert told in lost.checks


def test_tokens_and_secrets_come_back_and_what_the_janitor_remembers_does_not(lost: Lost) -> None:
    assert lost.private_rows["api_token"] == lost.private_rows["webhook_secret"] == 1
    assert {lost.private_rows[name] for name in ("generation", "sweep", "bookmark", "rate_window")} == {0}


async def test_a_request_whose_event_the_log_has_is_answered_by_the_same_ids_and_adds_nothing(lost: Lost) -> None:
    before = await event_ids(lost.suite.environment)
    assert await import_again(lost.suite.environment, lost.used) == lost.used.answered
    assert await event_ids(lost.suite.environment) == before


async def test_an_edit_is_published_and_its_webhook_signed_with_the_secret_of_before(lost: Lost) -> None:
    track = lost.used.tracks[DRAFTED.number]
    async with asking(lost.suite.environment, lost.used.token) as http:
        body = {"lyrics": "Other words", "reprocess": ["align"]}
        edited = await http.patch(f"/v1/tracks/{track}/lyrics", json=body, headers={"If-Match": '"v2"'})
        assert edited.status_code == 201, edited.text
        await nothing_is_left(lost.suite.environment)
        ready = (await http.get(f"/v1/tracks/{track}/ready")).json()
    assert (ready["version"], [line["text"] for line in ready["lyrics"]["lines"]]) == (3, ["Other words"])
    new = lost.receiver.deliveries[len(lost.told_after) :]
    bodies = [Webhook(lost.used.secret).verify(each.body, dict(each.headers)) for each in new]
    assert {body["data"]["trackId"] for body in bodies} == {track}
    assert "track.ready" in {body["type"] for body in bodies}


def test_a_lost_kafka_is_made_anew_and_what_was_folded_from_it_is_forgotten(lost: Lost, tmp_path: Path) -> None:
    """What was answered since the export is done again, by the event that it had."""
    suite = lost.suite
    asyncio.run(nothing_is_left(suite.environment))
    before, told = asyncio.run(look(suite.environment, lost.used)), list(lost.receiver.deliveries)
    Operator(tmp_path, suite.environment).runs("mkdir backup && aik-events export backup/log.tar.gz")
    asyncio.run(rename(suite.environment, lost.used))
    renamed = asyncio.run(event_ids(suite.environment))
    suite.stop()
    for folder in (suite.layout.data / "kafka", suite.layout.root / "tries"):
        shutil.rmtree(folder)
    servers = Servers(suite.layout.root)
    servers.start()
    try:
        operator = Operator(tmp_path, servers.environment)
        for script in (TOPICS, "aik-events import backup/log.tar.gz", FORGET):
            operator.runs(script)
    finally:
        servers.stop()
    suite.start()
    asyncio.run(nothing_is_left(suite.environment))
    after = asyncio.run(look(suite.environment, lost.used))
    assert (after.rows, after.objects) == (before.rows, before.objects)
    assert differing(after.answers, before.answers) == {}
    assert lost.receiver.deliveries == told
    asyncio.run(rename(suite.environment, lost.used))
    assert asyncio.run(import_again(suite.environment, lost.used)) == lost.used.answered
    assert asyncio.run(event_ids(suite.environment)) == renamed


def differing(now: Mapping[str, bytes], then: Mapping[str, bytes]) -> dict[str, tuple[bytes, bytes]]:
    """Where the answers of now and then to a path are not the same: from the first byte that differs."""
    return {
        path: _from_the_first_difference(now.get(path, b""), then.get(path, b""))
        for path in {*now, *then}
        if now.get(path) != then.get(path)
    }


def _from_the_first_difference(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 40) : at + 80], other[max(0, at - 40) : at + 80]
