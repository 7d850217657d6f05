"""Two engines of one step: a job's quality chooses, and what the one made is not taken for the other's."""

import pytest
from aik_events.catalogue import JobStepFailed, TrackSeparated
from aik_service.engine_choice import EngineChoice, EngineSettings, engine_choice
from aik_service.testing.children import engine_children
from structlog.testing import capture_logs

from tests.pipeline.stack import SHOUT, Stack
from tests.pipeline.test_step_runner import leased

ECHO = "aik_service.testing.echo"
CHOICE = engine_choice(SHOUT, EngineSettings.model_construct(engine="shouter", engine_of={"best": "whisperer"}))


async def made(stack: Stack, track: str) -> list[tuple[str | None, bytes]]:
    """The engine and the vocals of each result."""
    results = [event for event in await stack.events(track) if isinstance(event, TrackSeparated)]
    return [(result.engine, stack.objects.stored[result.artefacts["vocals"].key]) for result in results]


@pytest.mark.parametrize(
    ("quality", "told"),
    [("best", ("whisperer", b"la")), ("fast", ("shouter", b"LA")), (None, ("shouter", b"LA"))],
)
async def test_the_quality_chooses_the_engine(stack: Stack, quality: str | None, told: tuple[str, bytes]) -> None:
    track = await stack.import_song("La", quality=quality)
    async with stack.folding(), stack.runner(choice=CHOICE) as runner:
        await runner.work(await leased(stack))
    assert await made(stack, track) == [told]


async def test_jobs_of_two_qualities_share_a_runner_that_has_one_child(stack: Stack) -> None:
    qualities = {"best": "whisperer", "fast": "shouter"}
    tracks = {quality: await stack.import_song("La", quality=quality) for quality in [*qualities, *qualities]}
    async with stack.folding(), stack.runner(choice=CHOICE) as runner:
        for _ in range(4):
            await runner.work(await leased(stack))
            assert len(engine_children()) == 1
    assert {quality: (await made(stack, track))[0][0] for quality, track in tracks.items()} == qualities


async def test_what_one_engine_made_is_not_found_by_another_and_the_same_again_is(stack: Stack) -> None:
    """The same task, worked on by runners with other settings: as before and after they were changed."""
    track = await stack.import_song("La", quality="best")
    async with stack.folding():
        lease = await leased(stack)
    for choice in (CHOICE, engine_choice(SHOUT, EngineSettings.model_construct(engine=None, engine_of={})), CHOICE):
        async with stack.runner(choice=choice) as runner:
            await runner.work(lease)
        await stack.objects.put(f"assets/{track}/source.txt", b"Oh", "text/plain")
    assert await made(stack, track) == [("whisperer", b"la"), ("shouter", b"OH"), ("whisperer", b"la")]


async def test_why_an_engine_refuses_is_told_to_the_operator_and_its_code_alone_to_clients(stack: Stack) -> None:
    track = await stack.import_song("La")
    with capture_logs() as logged:
        async with stack.folding(), stack.runner(choice=EngineChoice(f"{ECHO}:load_on_no_device")) as runner:
            await runner.work(await leased(stack))
    [failed] = [event for event in await stack.events(track) if isinstance(event, JobStepFailed)]
    assert failed.code == "engine-failed"
    assert failed.detail == "The engine can't be loaded (device-unavailable): the log of its service says why."
    [said] = [entry["detail"] for entry in logged if entry["event"] == "an attempt failed"]
    assert said == "AIK_SERVICE_DEVICE is cuda, but /dev has no GPU: set AIK_SERVICE_DEVICE=cpu."
