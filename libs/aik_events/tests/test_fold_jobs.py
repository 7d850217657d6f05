"""How a job goes through its steps, run by run and attempt by attempt."""

import pytest
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.testing.author import WARNED, Author
from aik_events.testing.objects import artefact
from aik_events.track import Failure, Job, JobState, StepProgress, StepState, VersionState
from aik_events.verdict import Verdict


@pytest.fixture
def author() -> Author:
    author = Author()
    author.imported(lyrics=True)
    return author


def judged(author: Author, event: Event) -> str | None:
    return author.state.verdicts[event.meta.id].reason


def job_of(author: Author) -> Job:
    assert author.state.job is not None
    return author.state.job


def test_the_next_step_is_the_first_that_is_not_done(author: Author) -> None:
    seen = [job_of(author).next_step]
    for step in ("separate", "align", "check", "publish"):
        author.went_through(step)
        seen.append(job_of(author).next_step)
    assert seen == ["separate", "align", "check", "publish", None]


def test_without_lyrics_the_job_transcribes(author: Author) -> None:
    other = Author("trk_2")
    other.imported()
    assert [s.step for s in job_of(other).steps] == ["separate", "transcribe", "align", "check", "publish"]


def test_a_step_started_says_when_and_for_how_long(author: Author) -> None:
    event = author.step_started("separate")
    assert job_of(author).progress_of("separate") == StepProgress(
        step="separate", state=StepState.RUNNING, attempt=1, sla_ms=60_000, started_at=event.meta.time
    )


def test_a_result_is_accepted_once(author: Author) -> None:
    first, again = author.finished("separate"), author.finished("separate", attempt=2)
    assert first.meta.id == again.meta.id
    before = author.state
    assert evolve(before, again) == (before, Verdict(repeat=True))


def test_a_result_of_an_earlier_step_is_late_and_of_a_later_one_out_of_order(author: Author) -> None:
    author.went_through("separate")
    assert judged(author, author.step_started("separate", attempt=2)) == "late"
    assert judged(author, author.finished("check")) == "out-of-order"


def test_a_step_that_the_job_does_not_have_is_out_of_order(author: Author) -> None:
    assert judged(author, author.finished("transcribe")) == "out-of-order"


def test_an_earlier_run_is_late_and_a_later_one_out_of_order(author: Author) -> None:
    author.failed("separate")
    author.retried()
    assert judged(author, author.finished("separate", run=0)) == "late"
    assert judged(author, author.finished("separate", run=2)) == "out-of-order"


def test_an_older_job_is_late(author: Author) -> None:
    author.published()
    author.reprocess("align")
    assert judged(author, author.finished("align", job_id="job_1_1", run=1)) == "late"


def test_a_late_result_of_a_canceled_job_changes_nothing(author: Author) -> None:
    author.canceled()
    before = author.state
    event = author.finished("separate")
    assert judged(author, event) == "late"
    assert author.state.model_copy(update={"verdicts": before.verdicts}) == before


def test_only_a_higher_attempt_starts(author: Author) -> None:
    author.step_started("separate", attempt=2)
    assert judged(author, author.step_started("separate", attempt=1)) == "late"
    assert judged(author, author.step_started("separate", attempt=3)) is None
    assert judged(author, author.step_started("separate", attempt=4)) is None


def test_an_attempt_that_has_failed_does_not_start_again(author: Author) -> None:
    author.step_failed("separate", attempt=2)
    assert judged(author, author.step_started("separate", attempt=2)) == "late"


def test_later_steps_read_what_earlier_ones_made(author: Author) -> None:
    event = author.finished("separate")
    assert job_of(author).inputs == {**event.artefacts, "lyrics": artefact("tracks/trk_1/lyrics/1.json")}


def test_a_failure_counts_unless_a_later_attempt_has_started(author: Author) -> None:
    author.step_started("separate", attempt=2)
    assert judged(author, author.step_failed("separate", attempt=1)) == "late"
    assert judged(author, author.failed("separate", attempt=1)) == "late"
    assert judged(author, author.step_failed("separate", attempt=2)) is None
    assert judged(author, author.failed("separate", attempt=2)) is None


def test_a_result_of_an_attempt_that_was_overtaken_counts(author: Author) -> None:
    author.step_started("separate", attempt=2)
    author.finished("separate", attempt=1)
    step = job_of(author).progress_of("separate")
    assert step is not None
    assert (step.state, step.attempt) == (StepState.SUCCEEDED, 2)


def test_a_failure_closes_the_job_and_its_version(author: Author) -> None:
    event = author.failed("separate", attempt=3, code="corrupt-audio")
    job = job_of(author)
    assert (job.state, job.finished_at, author.state.newest.state) == (
        JobState.FAILED,
        event.meta.time,
        VersionState.FAILED,
    )
    assert job.failure == Failure(
        step="separate", code="corrupt-audio", detail="the engine stopped", retryable=True, attempts=3
    )


def test_a_retry_is_a_new_run_from_the_failed_step_with_attempts_from_one(author: Author) -> None:
    author.went_through("separate")
    author.failed("align", attempt=3)
    before = job_of(author)
    event = author.retried()
    job = job_of(author)
    assert (job.state, job.run, job.next_step, job.failure, job.advanced_by) == (
        JobState.RUNNING,
        1,
        "align",
        None,
        event.meta.id,
    )
    assert job.steps == (before.steps[0], *(StepProgress(step=step) for step in ("align", "check", "publish")))
    assert job.inputs == before.inputs
    assert author.state.newest.state is VersionState.PROCESSING


def test_only_the_newest_job_can_be_retried(author: Author) -> None:
    author.failed("separate")
    author.reprocess("separate")
    assert judged(author, author.retried(job="job_1_1")) == "not-newest"
    assert judged(author, author.retried(job="job_other")) == "unknown-job"


def test_an_older_job_cannot_be_canceled(author: Author) -> None:
    author.failed("separate")
    author.reprocess("separate")
    assert judged(author, author.canceled(job="job_1_1")) == "job-closed"
    assert judged(author, author.canceled(job="job_other")) == "unknown-job"


def test_what_the_check_refused_can_be_accepted_as_a_warning(author: Author) -> None:
    author.went_through("separate", "align")
    author.failed("check", code="qc-failed")
    assert author.state.newest.qc == WARNED
    author.retried(accept_qc=True)
    assert (job_of(author).accept_qc, job_of(author).next_step) == (True, "check")
    author.finished("check", qc=WARNED)
    author.went_through("publish")
    assert (author.state.newest.state, author.state.newest.qc) == (VersionState.PUBLISHED, WARNED)


def test_only_what_the_check_refused_can_be_accepted(author: Author) -> None:
    author.failed("separate")
    assert judged(author, author.retried(accept_qc=True)) == "not-qc-failed"


def test_canceling_closes_what_was_not_done(author: Author) -> None:
    author.went_through("separate")
    author.step_started("align")
    event = author.canceled()
    job = job_of(author)
    assert (job.state, job.finished_at, job.next_step) == (JobState.CANCELED, event.meta.time, None)
    assert [s.state.value for s in job.steps] == ["succeeded", "canceled", "canceled", "canceled"]


def test_a_step_that_this_code_has_never_heard_of_goes_its_way() -> None:
    author = Author()
    author.imported(lyrics=True, steps=("separate", "find-key", "align", "check", "publish"))
    author.went_through("separate", "find-key", "align", "check", "publish")
    assert job_of(author).state is JobState.SUCCEEDED


def test_the_same_id_again_gets_its_first_verdict_a_rejection_too(author: Author) -> None:
    event = author.finished("align")
    author.went_through("separate")
    before = author.state
    after, verdict = evolve(before, event)
    assert (after, verdict) == (before, Verdict(reason="out-of-order", detail="the job is at separate", repeat=True))


def test_a_publication_keeps_its_files(author: Author) -> None:
    author.went_through("separate", "align", "check")
    event = author.finished("publish")
    newest = author.state.newest
    assert (newest.files, newest.published_at) == (event.artefacts, event.meta.time)
