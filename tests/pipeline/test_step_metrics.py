"""What a step service counts of its work."""

from prometheus_client import REGISTRY

from tests.pipeline.stack import SETTINGS, Stack
from tests.pipeline.test_step_runner import leased

ABOUT = {"step": "separate"}
SHOUTER = {**ABOUT, "engine": "shouter"}


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_an_attempt_that_will_be_followed_by_another_is_a_retry_and_the_last_one_is_not(stack: Stack) -> None:
    await stack.import_song("break")
    twice = SETTINGS.model_copy(update={"max_attempts": 2})
    retries = counted("aik_step_retries_total", **ABOUT)
    failures = counted("aik_step_failures_total", **ABOUT, code="engine-failed")
    async with stack.folding(), stack.runner(settings=twice) as runner:
        for _ in range(2):
            await runner.work(await leased(stack))
    assert counted("aik_step_retries_total", **ABOUT) == retries + 1
    assert counted("aik_step_failures_total", **ABOUT, code="engine-failed") == failures + 2


async def test_the_engines_speed_is_told_by_the_length_that_the_step_found(stack: Stack) -> None:
    """The echo takes a song for as many milliseconds as its text has letters."""
    await stack.import_song("la" * 500)
    before, seconds = counted("aik_engine_realtime_ratio_count", **SHOUTER), "aik_engine_realtime_ratio_sum"
    sum_before = counted(seconds, **SHOUTER)
    async with stack.folding(), stack.runner() as runner:
        await runner.work(await leased(stack))
    assert counted("aik_engine_realtime_ratio_count", **SHOUTER) == before + 1
    assert 0 < counted(seconds, **SHOUTER) - sum_before < 30


async def test_what_has_not_happened_yet_is_zero(stack: Stack) -> None:
    """An alert sees a first failure only where there was a count before it."""
    async with stack.runner():
        for code in ("engine-failed", "out-of-memory", "step-timeout"):
            assert REGISTRY.get_sample_value("aik_step_failures_total", {**ABOUT, "code": code}) is not None
        for name in ("aik_leases_lost_total", "aik_step_retries_total", "aik_step_duration_seconds_count"):
            assert REGISTRY.get_sample_value(name, ABOUT) is not None
