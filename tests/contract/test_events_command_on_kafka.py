"""The command `aik-events` against Apache Kafka."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aik_events.log.admin import create_topics
from aik_events.log.history import history_of
from aik_events.log.kafka import KafkaLog
from aik_events.telling.story import story
from aik_events.testing.author import Author
from aik_events.testing.log_reading import append_all, new_author
from aik_events.topics import TOPICS, TRACKS

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(kafka: str) -> Run:
    """Runs the command as a person would."""
    command = str(Path(sys.executable).with_name("aik-events"))
    environment = {**os.environ, "AIK_KAFKA": kafka, "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([command, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    return run


@pytest.fixture
async def author(kafka: str) -> Author:
    """Of a track that is published, with other tracks' events between its own."""
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id="contract")
    author = new_author()
    others = [new_author() for _ in range(24)]
    await append_all(log, author.imported(title="Song [b]"), *(other.imported() for other in others))
    await append_all(log, *author.published(), *(other.canceled() for other in others))
    await log.close()
    return author


def test_creating_the_topics_is_safe_to_do_twice(run: Run) -> None:
    run("topics", "create")
    again = run("topics", "create")
    expected = [f"{t.name}: there already, {t.partitions} partitions keyed by {t.key}" for t in TOPICS]
    assert (again.returncode, again.stdout.splitlines()) == (0, expected)
    told = [json.loads(line) for line in run("topics", "create", "--json").stdout.splitlines()]
    keyed = [{"topic": t.name, "created": False, "partitions": t.partitions, "key": t.key} for t in TOPICS]
    assert told == keyed


async def test_a_history_has_the_records_of_its_key_alone(kafka: str, author: Author) -> None:
    history = await history_of(kafka, TRACKS, author.track)
    assert {record.key for record in history} == {author.track.encode()}
    assert len(history) == 11
    assert [record.offset for record in history] == sorted(record.offset for record in history)


async def test_a_story_is_told_in_log_order(kafka: str, author: Author, run: Run) -> None:
    rows = story(author.track, await history_of(kafka, TRACKS, author.track))
    told = run("story", author.track, "--json")
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout) == [row.model_dump(mode="json", by_alias=True) for row in rows]
    table = run("story", author.track).stdout
    assert "title: Song [b]" in table
    assert "version 1: processing → published" in table


def test_an_unknown_track_has_no_story(run: Run, author: Author) -> None:
    told = run("story", "trk_unknown")
    assert (told.returncode, told.stdout, told.stderr) == (1, "", "The log has no event of a track trk_unknown.\n")
