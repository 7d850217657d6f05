"""What `aik-events` tells of the log, on Apache Kafka and as a person would use it."""

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aik_events.log.admin import create_topics
from aik_events.log.history import partition_of
from aik_events.log.kafka import KafkaLog
from aik_events.log.scan import Window, partitions_of, scan
from aik_events.log.slicing import Slice, slice_of
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.log_reading import append_all, new_author
from aik_events.topics import ASSETS, TRACKS
from aik_events.track import Track
from aiokafka import AIOKafkaConsumer, TopicPartition

COMMAND = str(Path(sys.executable).with_name("aik-events"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(kafka: str) -> Mapping[str, str]:
    return {**os.environ, "AIK_KAFKA": kafka, "COLUMNS": "200"}


@pytest.fixture
def run(environment: Mapping[str, str]) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 (our own command)
            [COMMAND, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
async def log(kafka: str) -> KafkaLog:
    await create_topics(kafka, replication=1)
    return KafkaLog(kafka, client_id="contract")


@pytest.fixture
async def author(log: KafkaLog) -> Author:
    """Of a track that is published, of a client and a trace of its own, between events of others."""
    author = Author(f"trk_{uuid4().hex}", client=f"c-{uuid4().hex[:8]}", traceparent=f"00-{uuid4().hex}-{'1' * 16}-01")
    others = [new_author() for _ in range(24)]
    await append_all(log, author.imported(title="Song"), *(other.imported() for other in others))
    await append_all(log, *author.published())
    await log.close()
    return author


def lines(told: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert (told.returncode, told.stderr) == (0, "")
    return [json.loads(line) for line in told.stdout.splitlines()]


def trace_of(author: Author) -> str:
    return str(author.state.jobs[0].traceparent).split("-")[1]


async def test_a_scan_has_every_record_once_in_the_order_of_their_times(kafka: str, author: Author) -> None:
    partitions = await partitions_of(kafka, [TRACKS, ASSETS])
    records = [record async for record in scan(kafka, partitions)]
    assert [record.order for record in records] == sorted(record.order for record in records)
    ends = await KafkaLog(kafka, client_id="contract").ends([TRACKS, ASSETS])
    places = {(record.partition, record.offset) for record in records}
    assert places == {(partition, n) for partition, end in ends.items() for n in range(end)}
    assert len(places) == len(records)


async def test_a_window_is_made_of_the_records_of_its_times(kafka: str, author: Author) -> None:
    partition = await partition_of(kafka, TRACKS, author.track)
    records = [record async for record in scan(kafka, [partition])]
    middle, end = records[len(records) // 2].timestamp_ms, records[-1].timestamp_ms
    part = [record async for record in scan(kafka, [partition], Window(since_ms=middle, until_ms=end))]
    assert part == [record for record in records if middle <= record.timestamp_ms < end]
    assert [record async for record in scan(kafka, [partition], Window(last=2))] == records[-2:]


async def test_a_slice_is_of_one_moment_in_all_topics(kafka: str, log: KafkaLog) -> None:
    asset, late = AssetAuthor(f"ast_{uuid4().hex}"), new_author()
    await append_all(log, asset.upload_started())
    found: list[bytes | None] = []
    async for record in slice_of(kafka, Slice()):
        if not found:
            assert record.partition.topic == ASSETS
            await append_all(log, late.imported(), asset.uploaded())
        found.append(record.key)
    assert (found.count(late.track.encode()), found.count(asset.asset.encode())) == (0, 1)
    await log.close()


def test_tail_shows_the_last_that_match_and_may_end_there(run: Run, author: Author) -> None:
    found = lines(run("tail", "--since", "-3", "--no-follow", "--track", author.track, "--json"))
    assert [entry["type"] for entry in found] == ["track.checked", "job.step_started", "track.published"]
    of_type = lines(
        run("tail", "--since", "1h", "--no-follow", "--client", author.state.client_id, "--type", "job.*", "--json")
    )
    assert {entry["type"] for entry in of_type} == {"job.step_started"}
    assert len(of_type) == 5


async def test_tail_follows_what_comes(log: KafkaLog, environment: Mapping[str, str]) -> None:
    asset = AssetAuthor(f"ast_{uuid4().hex}", client=f"c-{uuid4().hex[:8]}")
    [started, uploaded] = [asset.upload_started(), asset.uploaded()]
    await append_all(log, started)
    arguments = ["tail", "--since", "-1", "--client", started.meta.client_id, "--json"]
    following = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert following.stdout is not None
        assert json.loads(await following.stdout.readline())["id"] == started.meta.id
        await append_all(log, uploaded)
        assert json.loads(await following.stdout.readline())["id"] == uploaded.meta.id
    finally:
        following.terminate()
        await following.wait()
        await log.close()


@pytest.mark.parametrize("by", ["--trace", "--job", "--client"])
def test_find_says_which_events_and_tracks(run: Run, author: Author, by: str) -> None:
    wanted = {"--trace": trace_of(author), "--job": author.job, "--client": author.state.client_id}[by]
    assert [entry["key"] for entry in lines(run("find", by, wanted, "--json"))] == [author.track] * 11
    told = run("find", by, wanted, "--type", "track.*").stdout.splitlines()
    assert told[-2:] == ["6 events of 1 track", f"    {author.track}  6"]


def test_find_wants_to_know_what_for_and_says_when_there_is_nothing(run: Run, author: Author) -> None:
    asked = run("find")
    sentence = "Say what to look for: --trace, --job, --client, --type, --since or --until.\n"
    assert (asked.returncode, asked.stderr) == (2, sentence)
    nothing = run("find", "--job", "job_unknown")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "The log has nothing like that.\n")
    odd = run("find", "--since", "yesterday")
    assert (odd.returncode, odd.stderr.partition(":")[0]) == (2, "yesterday is no time")


def test_a_state_is_what_the_fold_gives_at_any_moment(run: Run, author: Author) -> None:
    rows = json.loads(run("story", author.track, "--json").stdout)
    now = json.loads(run("state", author.track, "--json").stdout)
    assert Track.model_validate(now["state"]) == author.state
    by_offset = json.loads(run("state", author.track, "--at", f"@{rows[0]['offset']}", "--json").stdout)
    assert by_offset == json.loads(run("state", author.track, "--at", rows[0]["id"], "--json").stdout)
    assert by_offset == json.loads(run("state", author.track, "--at", rows[0]["time"], "--json").stdout)
    assert by_offset["state"]["versions"][0]["state"] == "processing"
    tree = run("state", author.track).stdout
    assert "├── title: Song" in tree
    assert "│   ├── state: published" in tree
    assert "├── step align: succeeded, attempt 1, " in tree
    assert "sha256" not in tree
    assert "├── failures: 0" in run("state", author.track, "--full").stdout
    unknown = run("state", author.track, "--at", "@999999")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("The track has no moment @999999: ")


def test_steps_say_what_each_event_changed_and_add_up_to_the_state(run: Run, author: Author) -> None:
    steps = lines(run("step", author.track, "--json"))
    assert [step["step"] for step in steps] == list(range(1, 12))
    assert steps[2]["events"][0]["type"] == "track.separated"
    assert steps[2]["changed"]["durationMs"] == {"from": None, "to": 10000}
    printed = run("step", author.track).stdout
    assert printed.count("step ") >= 11
    assert "+ durationMs: 10000" in printed
    assert "sha256" not in printed
    assert "+ artefacts.vocals.sha256: " in run("step", author.track, "--full").stdout


def test_one_steps_forward_and_back_at_a_terminal(environment: Mapping[str, str], author: Author) -> None:
    shown = at_a_terminal(environment, ["step", author.track], "n\np\n11\nq\n")
    assert re.findall(r"step (\d+) of 11", shown) == ["1", "2", "1", "11"]


def at_a_terminal(environment: Mapping[str, str], arguments: Sequence[str], typed: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 (our own command)
        [COMMAND, *arguments], env=environment, stdin=theirs, stdout=subprocess.PIPE, text=True
    ) as shown:
        os.write(ours, typed.encode())
        told, _ = shown.communicate(timeout=30)
    os.close(theirs)
    os.close(ours)
    return str(told)


async def test_a_group_is_behind_by_what_it_has_not_read(kafka: str, author: Author, run: Run) -> None:
    at = await partition_of(kafka, TRACKS, author.track)
    tp, group = TopicPartition(at.topic, at.number), f"group-{uuid4().hex}"
    async with AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        await consumer.commit({tp: end - 3})
    [lag] = lines(run("lag", "--group", group, "--json"))
    assert (lag["topic"], lag["partition"], lag["next"], lag["end"], lag["behind"]) == (
        TRACKS,
        at.number,
        end - 3,
        end,
        3,
    )
    assert 0 < lag["seconds"] < 600
    assert run("lag", "--group", group).stdout.splitlines()[1].split()[:3] == [group, TRACKS, "3"]


def test_every_event_of_a_story_has_its_place_in_the_fold(run: Run, author: Author) -> None:
    rows = json.loads(run("story", author.track, "--json").stdout)
    assert {row["trace"] for row in rows} == {trace_of(author)}
    assert [row["cause"] for row in rows[1:3]] == [rows[0]["id"]] * 2
    told = run("story", author.track).stdout
    assert told.count(f"trace {trace_of(author)}") == 1
    assert f"separate 0/1  ← @{rows[0]['offset']}" in told
