"""Percent from the work that is done, and the time left from learned speeds and a step's own pace."""

from datetime import UTC, datetime, timedelta

import pytest
from aik_events.track import StepProgress, StepState
from aik_gateway.eta import SAMPLES, Estimate, Estimator, Heard, Sample, Speed, Speeds, learned, samples_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SONG_MS = 200_000
KNOWN = Speeds({"separate": Speed(60_000, 0.5), "align": Speed(30_000, 0.25), "publish": Speed(6_000, 0.05)})


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def step(name: str, state: StepState, *, attempt: int = 0, started_s_ago: float | None = None) -> StepProgress:
    started_at = None if started_s_ago is None else ago(started_s_ago)
    return StepProgress(step=name, state=state, attempt=attempt, started_at=started_at)


def running(name: str, *, attempt: int = 1, started_s_ago: float = 0.0) -> StepProgress:
    return step(name, StepState.RUNNING, attempt=attempt, started_s_ago=started_s_ago)


def done(name: str) -> StepProgress:
    return step(name, StepState.SUCCEEDED, attempt=1)


def waiting(name: str) -> StepProgress:
    return step(name, StepState.WAITING)


def half(*, attempt: int = 1, took_s: float = 40.0, silent_s: float = 0.0) -> Heard:
    """Half of the work is done, in this time, and nothing was heard since."""
    return Heard(attempt, 0.5, ago(silent_s), first_share=0.0, first_at=ago(silent_s + took_s))


def estimator(speeds: Speeds = KNOWN, heard: Heard | None = None) -> Estimator:
    return Estimator(speeds, lambda *_: heard, NOW)


def of_step(one: StepProgress, *, speeds: Speeds = KNOWN, heard: Heard | None = None) -> Estimate:
    return estimator(speeds, heard).step("job_1", 0, one, SONG_MS)


def of_job(*steps: StepProgress, speeds: Speeds = KNOWN, heard: Heard | None = None) -> Estimate:
    return estimator(speeds, heard).job("job_1", 0, steps, SONG_MS)


def test_a_step_that_waits_takes_what_it_usually_takes_for_such_a_song() -> None:
    assert of_step(waiting("separate")) == Estimate(0, 100_000)


def test_while_the_songs_duration_is_not_known_a_step_takes_what_it_usually_takes() -> None:
    assert estimator().step("job_1", 0, waiting("separate"), None) == Estimate(0, 60_000)


def test_where_nothing_was_ever_learned_nobody_knows() -> None:
    assert of_step(waiting("separate"), speeds=Speeds()) == Estimate(0, None)
    assert of_step(running("separate"), speeds=Speeds()) == Estimate(0, None)
    assert of_job(running("separate"), waiting("align"), speeds=Speeds(), heard=half()) == Estimate(25, None)


def test_a_running_step_that_is_silent_has_the_rest_of_the_usual_time_left() -> None:
    assert of_step(running("separate", started_s_ago=30)) == Estimate(0, 70_000)
    assert of_step(running("separate", started_s_ago=500)) == Estimate(0, 0)


def test_a_half_done_step_is_judged_half_by_its_own_pace_and_half_by_the_usual_one() -> None:
    """80 s at its own pace, 100 s as usual: 90 s, and half of that is left."""
    assert of_step(running("separate"), heard=half()) == Estimate(50, 45_000)


def test_a_step_without_a_past_is_judged_by_its_own_pace() -> None:
    assert of_step(running("separate"), speeds=Speeds(), heard=half()) == Estimate(50, 40_000)


def test_the_nearer_the_end_the_more_its_own_pace_counts() -> None:
    shares = (0.1, 0.5, 0.9)
    heards = [Heard(1, share, NOW, first_share=0.0, first_at=ago(400 * share)) for share in shares]
    lefts = [of_step(running("separate"), heard=heard).eta_ms or 0 for heard in heards]
    wholes = [left / (1 - share) for left, share in zip(lefts, shares, strict=True)]
    assert wholes == pytest.approx([130_000, 250_000, 370_000], rel=1e-3)


def test_loading_a_model_does_not_slow_the_pace_down() -> None:
    heard = Heard(1, 0.5, NOW, first_share=0.25, first_at=ago(10))
    assert of_step(running("separate", started_s_ago=300), speeds=Speeds(), heard=heard) == Estimate(50, 20_000)


def test_between_two_messages_time_goes_on() -> None:
    assert of_step(running("separate"), heard=half(silent_s=5)) == Estimate(50, 40_000)
    assert of_step(running("separate"), heard=half(silent_s=500)) == Estimate(50, 0)


def test_a_message_from_a_clock_that_is_ahead_does_no_harm() -> None:
    assert of_step(running("separate"), heard=half(silent_s=-60)) == Estimate(50, 45_000)


def test_a_retrying_step_has_all_of_its_work_before_it() -> None:
    again = step("separate", StepState.RETRYING, attempt=1, started_s_ago=50)
    assert of_step(again, heard=half()) == Estimate(0, 100_000)


def test_the_next_attempt_begins_again() -> None:
    """What the attempt before had done is lost; when this one began, nobody says."""
    second = running("separate", attempt=2, started_s_ago=50)
    assert of_step(second, heard=half(attempt=1)) == Estimate(0, 100_000)
    assert of_step(second, heard=half(attempt=2)) == Estimate(50, 45_000)


def test_an_attempt_that_is_heard_before_its_start_is_folded_counts() -> None:
    assert of_step(running("separate", attempt=1), heard=half(attempt=2)).percent == 50


def test_what_is_over_has_no_time_left() -> None:
    assert of_step(done("separate")) == Estimate(100, None)
    assert of_step(step("separate", StepState.FAILED, attempt=3), heard=half(attempt=3)) == Estimate(0, None)
    assert of_job(done("separate"), done("align"), done("publish")) == Estimate(100, None)
    assert of_job(done("separate"), step("align", StepState.FAILED), waiting("publish")) == Estimate(62, None)
    canceled = step("publish", StepState.CANCELED)
    assert of_job(done("separate"), step("align", StepState.CANCELED), canceled) == Estimate(62, None)


def test_a_job_has_the_work_of_all_its_steps_left() -> None:
    assert of_job(waiting("separate"), waiting("align"), waiting("publish")) == Estimate(0, 160_000)
    assert of_job(done("separate"), waiting("align"), waiting("publish")).eta_ms == 60_000
    assert of_job(running("separate"), waiting("align"), waiting("publish"), heard=half()).eta_ms == 45_000 + 60_000


def test_one_step_that_nobody_knows_makes_the_job_unknown() -> None:
    assert of_job(done("separate"), waiting("align"), waiting("polish")).eta_ms is None
    assert of_job(done("polish"), waiting("align"), waiting("publish")).eta_ms == 60_000


def test_steps_count_by_the_time_they_usually_take() -> None:
    assert of_job(done("separate"), waiting("align"), waiting("publish")).percent == 62
    assert of_job(done("separate"), done("align"), waiting("publish")).percent == 93
    assert of_job(running("separate"), waiting("align"), waiting("publish"), heard=half()).percent == 31


def test_a_step_that_nobody_knows_counts_as_much_as_the_others_on_average() -> None:
    assert of_job(done("separate"), done("align"), waiting("polish")).percent == 66
    assert of_job(done("one"), waiting("two"), waiting("three"), waiting("four")).percent == 25


def test_a_job_says_100_at_its_end_only() -> None:
    heard = Heard(1, 1.0, NOW, first_share=0.0, first_at=ago(1))
    assert of_job(done("separate"), done("align"), running("publish"), heard=heard).percent == 99


@pytest.mark.parametrize("percent", range(101))
def test_a_share_that_was_told_in_hundredths_is_that_percent(percent: int) -> None:
    """100 × 0.29 is a little less than 29."""
    heard = Heard(1, percent / 100, NOW, first_share=0.0, first_at=ago(1))
    assert of_step(running("separate"), heard=heard).percent == percent


def test_percent_never_falls_while_a_job_goes_on() -> None:
    names = ("separate", "align", "publish")
    told = []
    for at, name in enumerate(names):
        before, after = [done(one) for one in names[:at]], [waiting(one) for one in names[at + 1 :]]
        duration_ms = SONG_MS if at else None
        for tenth in range(11):
            heard = Heard(1, tenth / 10, NOW, first_share=0.0, first_at=ago(tenth))
            steps = [*before, running(name), *after]
            told.append(estimator(heard=heard).job("job_1", 0, steps, duration_ms).percent)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 99)


def test_speeds_are_medians_of_the_newest_times() -> None:
    newest = [Sample("align", 10_000, 100_000)] * 25 + [Sample("align", 90_000, 300_000)] * 26
    old = [Sample("align", 1, 1_000)] * SAMPLES
    assert learned([*newest, *old]).steps == {"align": Speed(50_000, 0.2)}


def test_a_few_steps_that_took_no_time_teach_nothing() -> None:
    samples = [Sample("align", took, 100_000) for took in (0, 20_000, 20_000, 0, 20_000)]
    assert learned(samples).steps == {"align": Speed(20_000, 0.2)}


def test_a_song_without_a_duration_teaches_nothing() -> None:
    assert learned([Sample("align", 10, 0)]) == Speeds()


def test_only_steps_that_succeeded_at_once_are_samples() -> None:
    def ended(name: str, state: StepState, attempt: int) -> StepProgress:
        return StepProgress(step=name, state=state, attempt=attempt, started_at=ago(30), finished_at=ago(10))

    good = ended("separate", StepState.SUCCEEDED, 1)
    late = ended("align", StepState.SUCCEEDED, 2)
    bad = ended("check", StepState.FAILED, 1)
    unseen = StepProgress(step="publish", state=StepState.SUCCEEDED, attempt=1, finished_at=NOW)
    assert samples_of([good, late, bad, unseen], SONG_MS) == [Sample("separate", 20_000, SONG_MS)]
