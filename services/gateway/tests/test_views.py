"""A job as clients see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aik_gateway.api.published import refusal, retry_after_s
from aik_gateway.api.views import job_body
from aik_gateway.eta import Estimator, Heard, Speed, Speeds
from aik_gateway.readmodel.models.tracks import JobRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def job(state: str, *steps: str, failure: dict[str, Any] | None = None) -> JobRow:
    names = ["separate", "align", "check", "publish"]
    return JobRow(
        id="job_1",
        track_id="trk_1",
        client_id="cli",
        version=1,
        state=state,
        run=1,
        steps=[
            {"step": name, "state": one, "attempt": 1, "slaMs": 60_000} for name, one in zip(names, steps, strict=True)
        ],
        failure=failure,
        opened_at=NOW,
        finished_at=None,
    )


SPEEDS = Speeds({name: Speed(10_000, 0.1) for name in ("separate", "align", "check", "publish")})


def half_done(job_id: str, run: int, step: str) -> Heard | None:
    heard = Heard(1, 0.5, NOW, first_share=0.0, first_at=NOW - timedelta(seconds=5))
    return heard if (job_id, run, step) == ("job_1", 1, "align") else None


HALF_DONE = Estimator(SPEEDS, half_done, NOW)
UNKNOWN = Estimator(Speeds(), lambda *_: None, NOW)


@pytest.mark.parametrize(
    ("row", "step", "percent"),
    [
        (job("queued", "waiting", "waiting", "waiting", "waiting"), "separate", 0),
        (job("running", "succeeded", "running", "waiting", "waiting"), "align", 37),
        (job("running", "succeeded", "retrying", "waiting", "waiting"), "align", 25),
        (job("failed", "succeeded", "failed", "waiting", "waiting"), "align", 25),
        (job("canceled", "succeeded", "canceled", "canceled", "canceled"), None, 25),
        (job("succeeded", "succeeded", "succeeded", "succeeded", "succeeded"), None, 100),
    ],
)
def test_percent_is_the_closed_steps_and_the_share_of_the_running_one(
    row: JobRow, step: str | None, percent: int
) -> None:
    body = job_body(row, 100_000, HALF_DONE)
    assert (body.step, body.percent, body.attempt) == (step, percent, 2)


def test_without_a_message_percent_is_the_share_of_closed_steps() -> None:
    assert job_body(job("running", "succeeded", "running", "waiting", "waiting"), None, UNKNOWN).percent == 25


def test_an_open_job_is_not_ready_and_says_how_far_it_is() -> None:
    problem = refusal(job("running", "succeeded", "running", "waiting", "waiting"), 100_000, HALF_DONE)
    assert (problem.code, problem.status, problem.headers) == ("not-ready", 425, {"Retry-After": "25"})
    known = {"jobId": "job_1", "trackId": "trk_1", "version": 1, "state": "running"}
    assert problem.members == {**known, "step": "align", "percent": 37, "etaMs": 25_000, "slaMs": 60_000}


def test_a_failed_job_tells_its_failure() -> None:
    failure = {"step": "align", "code": "no-vocals", "detail": "Send a song.", "retryable": False, "attempts": 1}
    problem = refusal(job("failed", "succeeded", "failed", "waiting", "waiting", failure=failure), None, UNKNOWN)
    assert (problem.code, problem.status, problem.detail) == ("job-failed", 409, "Send a song.")
    assert problem.members["failure"] == failure


def test_a_canceled_job_is_a_conflict() -> None:
    problem = refusal(job("canceled", "canceled", "canceled", "canceled", "canceled"), None, UNKNOWN)
    assert (problem.code, problem.status) == ("job-canceled", 409)


def test_each_step_says_what_it_has_left() -> None:
    body = job_body(job("running", "succeeded", "running", "waiting", "waiting"), 100_000, HALF_DONE)
    assert [(step.percent, step.eta_ms) for step in body.steps] == [(100, None), (50, 5_000), (0, 10_000), (0, 10_000)]
    assert body.eta_ms == 25_000


@pytest.mark.parametrize(("eta_ms", "seconds"), [(None, 3), (0, 1), (900, 1), (1_001, 2), (29_500, 30), (600_000, 30)])
def test_a_client_is_told_to_come_back_when_it_should_be_done(eta_ms: int | None, seconds: int) -> None:
    assert retry_after_s(eta_ms) == seconds
