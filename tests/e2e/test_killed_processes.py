"""Every aik process is killed (-9) in turn while a job runs: the job still ends, once."""

import os
import signal
import time

from aik_events.catalogue import TrackPublished
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.log.history import history_of
from aik_events.topics import TRACKS
from aik_events.track import JobState, Track
from aik_local.testing import Suite

from tests.e2e.browser import Browser
from tests.e2e.conftest import processes

KILLED_AT = {
    "separate": ["separator"],
    "transcribe": ["asr"],
    "align": ["aligner", "gateway-projector"],
    "check": ["qc", "notifier"],
    "publish": ["publisher", "gateway-api"],
}


async def test_the_job_ends_once_though_every_process_is_killed(suite: Suite, browser: Browser, song: bytes) -> None:
    doomed = processes(suite)
    track_id, job_id = browser.import_track(browser.upload("slow-motion-dream.mp3", song))
    kill_each_at_its_step(browser, job_id, doomed)
    assert browser.finished(job_id)["state"] == "succeeded"
    assert browser.ready(track_id)["version"] == 1
    assert processes(suite).items() & doomed.items() == set()

    events = [decode(record) for record in await history_of(suite.environment["AIK_KAFKA"], TRACKS, track_id)]
    assert len({event.meta.id for event in events if isinstance(event, TrackPublished)}) == 1
    job = folded(track_id, events).job
    assert job is not None
    assert job.state is JobState.SUCCEEDED


def kill_each_at_its_step(browser: Browser, job_id: str, doomed: dict[str, int]) -> None:
    """Kills the worker of each step as soon as the step is seen to have started, and a bystander with some of them."""
    left = dict(KILLED_AT)
    deadline = time.monotonic() + 300
    while left:
        job = browser.job(job_id)
        assert time.monotonic() < deadline, (left, job)
        assert {step["step"] for step in job["steps"]} == KILLED_AT.keys()
        for step in job["steps"]:
            if step["state"] != "waiting":
                for name in left.pop(step["step"], []):
                    os.kill(doomed[name], signal.SIGKILL)
        time.sleep(0.02)


def folded(track_id: str, events: list[Event]) -> Track:
    track = Track(id=track_id)
    for event in events:
        track, _ = evolve(track, event)
    return track
