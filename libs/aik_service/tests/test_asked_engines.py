"""A service is not ready before the engines that its settings name are loaded."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aik_service.asked_engines import AskedEngines
from aik_service.engine_process.parent import EngineFailed, EngineProcess
from aik_service.health import readiness

ECHO = "aik_service.testing.echo"


@pytest.fixture
async def process() -> AsyncIterator[EngineProcess]:
    made = EngineProcess(f"{ECHO}:handle", idle_s=60)
    yield made
    await made.kill()


async def told(asked: AskedEngines) -> str:
    return (await readiness({"engine": asked.check}))["engine"]


async def test_ready_when_the_last_of_them_is_loaded(
    process: EngineProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = tmp_path / "door"
    monkeypatch.setenv("ECHO_DOOR", str(door))
    asked = AskedEngines(process, [f"{ECHO}:load", f"{ECHO}:load_when_open"])
    assert await told(asked) == "being loaded"
    loading = asyncio.create_task(asked.load())
    await process.identity(f"{ECHO}:load")
    assert await told(asked) == "being loaded"
    door.touch()
    await loading
    assert await told(asked) == "ok"


async def test_never_ready_with_one_that_can_t_be_used(process: EngineProcess) -> None:
    asked = AskedEngines(process, [f"{ECHO}:load_on_no_device"])
    with pytest.raises(EngineFailed):
        await asked.load()
    assert await told(asked) == "being loaded"


async def test_ready_at_once_when_none_is_asked_for(process: EngineProcess) -> None:
    assert await told(AskedEngines(process, [])) == "ok"
