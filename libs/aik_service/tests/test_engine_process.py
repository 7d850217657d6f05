"""The engine's process: answers, refusals, breakage, and dying at once when it must."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aik_service.engine_process.messages import ask_identity, cancel
from aik_service.engine_process.parent import EngineFailed, EngineProcess, OutOfMemory
from aik_service.step import BadInput, EngineIdentity, StepInput, StepOutput
from aik_service.testing.children import engine_children

HANDLER = "aik_service.testing.echo:handle"
ENGINE = "aik_service.testing.echo:load"
WARM = "aik_service.testing.echo:Warm"
OTHER = "aik_service.testing.echo:load_whisperer"
UNLOADABLE = "aik_service.testing.echo:load_nothing"
REFUSING = "aik_service.testing.echo:load_on_no_device"
TOO_LARGE = "aik_service.testing.echo:load_too_much"


@pytest.fixture
async def engine() -> AsyncIterator[EngineProcess]:
    process = EngineProcess(HANDLER, idle_s=60)
    yield process
    await process.kill()


def step(folder: Path, text: str) -> StepInput:
    (folder / "source").write_text(text)
    (folder / "out").mkdir(exist_ok=True)
    return StepInput(track_id="trk_1", files={"source": folder / "source"}, out=folder / "out")


def ignore(share: float) -> None:
    return


async def test_the_output_and_the_progress_come_back(engine: EngineProcess, tmp_path: Path) -> None:
    shares: list[float] = []
    output = await engine.handle(ENGINE, step(tmp_path, "la la"), shares.append)
    files = {kind: tmp_path / "out" / f"{kind}.txt" for kind in ("vocals", "accompaniment")}
    assert output == StepOutput(files, {"duration_ms": 5})
    assert files["vocals"].read_text() == "LA LA"
    assert shares == [1.0]


async def test_the_identity_is_known_without_work(engine: EngineProcess) -> None:
    assert await engine.identity(ENGINE) == EngineIdentity(name="shouter", version="1")


async def test_a_refusal_keeps_its_code_and_sentence(engine: EngineProcess, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        await engine.handle(ENGINE, step(tmp_path, "refuse"), ignore)
    assert (refusal.value.code, refusal.value.detail) == ("not-audio", "Upload a song.")


@pytest.mark.parametrize("text", ["break", "die"])
async def test_after_a_breakage_the_next_call_is_answered(engine: EngineProcess, tmp_path: Path, text: str) -> None:
    with pytest.raises(EngineFailed):
        await engine.handle(ENGINE, step(tmp_path, text), ignore)
    await engine.handle(ENGINE, step(tmp_path, "la"), ignore)


async def test_of_what_broke_clients_are_told_the_type_alone_and_the_log_everything(
    engine: EngineProcess, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    missing = StepInput(track_id="trk_1", files={"source": tmp_path / "not-there"}, out=tmp_path / "out")
    with pytest.raises(EngineFailed) as failure:
        await engine.handle(ENGINE, missing, ignore)
    assert str(failure.value) == "The engine broke (FileNotFoundError): the log of its service has the traceback."
    assert f"No such file or directory: '{tmp_path / 'not-there'}'" in capfd.readouterr().err


async def test_an_engine_that_lacks_memory_says_so(engine: EngineProcess, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemory) as failure:
        await engine.handle(ENGINE, step(tmp_path, "exhaust"), ignore)
    assert failure.value.code == "out-of-memory"


async def test_the_child_is_kept_warm(engine: EngineProcess, tmp_path: Path) -> None:
    await engine.handle(ENGINE, step(tmp_path, "la"), ignore)
    before = {child.pid for child in engine_children()}
    await engine.handle(ENGINE, step(tmp_path, "la"), ignore)
    assert {child.pid for child in engine_children()} == before


async def test_calls_one_after_the_other_are_all_in_the_childs_main_thread(
    engine: EngineProcess, tmp_path: Path
) -> None:
    await engine.identity(ENGINE)
    for _ in range(20):
        output = await engine.handle(ENGINE, step(tmp_path, "where"), ignore)
        assert output.facts == {"thread": "MainThread"}


@pytest.mark.parametrize("text", ["exit", "nonsense"])
async def test_what_ends_a_thread_or_can_not_be_told_is_a_failure(
    engine: EngineProcess, tmp_path: Path, text: str
) -> None:
    with pytest.raises(EngineFailed, match="The engine broke"):
        await engine.handle(ENGINE, step(tmp_path, text), ignore)


async def test_another_engine_has_a_child_of_its_own_and_the_one_before_has_ended_first(
    engine: EngineProcess, tmp_path: Path
) -> None:
    await engine.handle(ENGINE, step(tmp_path, "La"), ignore)
    [before] = engine_children()
    gone: list[bool] = []
    await engine.handle(OTHER, step(tmp_path, "La"), lambda share: gone.append(not before.is_running()))
    assert gone == [True]
    assert (tmp_path / "out" / "vocals.txt").read_text() == "la"
    assert len(engine_children()) == 1


async def test_the_identity_of_each_engine_is_asked_once(engine: EngineProcess) -> None:
    assert [(await engine.identity(name)).name for name in (ENGINE, OTHER)] == ["shouter", "whisperer"]
    children = engine_children()
    assert [(await engine.identity(name)).name for name in (ENGINE, OTHER)] == ["shouter", "whisperer"]
    assert engine_children() == children


async def test_an_engine_that_cannot_be_loaded_says_why(
    engine: EngineProcess, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        with pytest.raises(EngineFailed, match=r"^The engine can't be loaded \(FileNotFoundError\)") as failure:
            await engine.identity(UNLOADABLE)
        assert failure.value.log == "FileNotFoundError: there is no model"
    assert capfd.readouterr().err.count("FileNotFoundError: there is no model") == 2
    await engine.handle(ENGINE, step(tmp_path, "la"), ignore)


async def test_an_engine_that_exits_when_it_is_loaded_has_failed_and_its_process_lives(engine: EngineProcess) -> None:
    for _ in range(2):
        with pytest.raises(EngineFailed, match=r"^The engine can't be loaded \(SystemExit\)"):
            await engine.identity("aik_service.testing.echo:load_and_exit")
        assert len(engine_children()) == 1


async def test_of_an_engine_that_refuses_clients_are_told_the_code_and_the_operator_the_sentence(
    engine: EngineProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineFailed) as failure:
        await engine.identity(REFUSING)
    assert str(failure.value) == "The engine can't be loaded (device-unavailable): the log of its service says why."
    assert failure.value.log == "AIK_SERVICE_DEVICE is cuda, but /dev has no GPU: set AIK_SERVICE_DEVICE=cpu."
    assert "Traceback" not in capfd.readouterr().err


async def test_an_engine_that_refuses_when_it_is_warmed_up_can_not_be_loaded(engine: EngineProcess) -> None:
    with pytest.raises(EngineFailed) as failure:
        await engine.identity("aik_service.testing.echo:Cold")
    assert str(failure.value) == "The engine can't be loaded (device-unavailable): the log of its service says why."
    assert failure.value.log == "the device computes nothing"


async def test_memory_that_is_too_small_to_warm_up_is_told_as_such(engine: EngineProcess) -> None:
    with pytest.raises(OutOfMemory, match="The engine can't be loaded"):
        await engine.identity("aik_service.testing.echo:TooLarge")


async def test_wrong_settings_of_an_engine_are_told_likewise(
    engine: EngineProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineFailed) as failure:
        await engine.identity("aik_service.testing.echo:load_with_wrong_settings")
    assert str(failure.value) == "The engine can't be loaded (settings-wrong): the log of its service says why."
    assert (failure.value.log or "").endswith("AIK_SHOUTER_DEVICE: 'cuda' or 'cpu'.")
    assert "Traceback" not in capfd.readouterr().err


async def test_a_refusal_while_the_engine_works_is_told_likewise(engine: EngineProcess, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failure:
        await engine.handle(ENGINE, step(tmp_path, "unsuitable"), ignore)
    assert str(failure.value) == "The engine broke (model-unsuitable): the log of its service says why."
    assert failure.value.log == f"{tmp_path / 'source'} finds no vocals"


async def test_a_model_that_the_memory_is_too_small_for_says_so(engine: EngineProcess) -> None:
    with pytest.raises(OutOfMemory) as failure:
        await engine.identity(TOO_LARGE)
    assert failure.value.code == "out-of-memory"
    assert failure.value.log == "MemoryError: the device's memory is too small for the model"


async def test_the_child_reports_to_nobody_fetches_nothing_and_knows_no_secrets(
    engine: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("AIK_S3_SECRET_KEY", "AIK_SECRETS", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
    for name in secrets:
        monkeypatch.setenv(name, "hidden")
    await engine.identity(ENGINE)
    [child] = engine_children()
    assert child.environ().items() >= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}.items()
    assert "hidden" not in child.environ().values()


async def test_the_child_goes_after_an_idle_time(tmp_path: Path) -> None:
    engine = EngineProcess(HANDLER, idle_s=0.05)
    await engine.handle(ENGINE, step(tmp_path, "la"), ignore)
    async with asyncio.timeout(30):
        while engine_children():
            await asyncio.sleep(0.01)
    assert (await engine.handle(ENGINE, step(tmp_path, "la"), ignore)).facts == {"duration_ms": 2}
    await engine.kill()


async def test_a_cancelled_call_kills_the_child(engine: EngineProcess, tmp_path: Path) -> None:
    hung = asyncio.Event()
    call = asyncio.create_task(engine.handle(ENGINE, step(tmp_path, "hang"), lambda share: hung.set()))
    await asyncio.wait_for(hung.wait(), 60)
    [child] = engine_children()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not child.is_running()


PARENT = """
import asyncio, pathlib, sys
from aik_service.engine_process.messages import ask_identity, cancel
from aik_service.engine_process.parent import EngineProcess
from aik_service.step import StepInput
folder = pathlib.Path(sys.argv[1])
step = StepInput(track_id="trk_1", files={"source": folder / "source"}, out=folder / "out")
engine = EngineProcess("aik_service.testing.echo:handle", idle_s=60)
asyncio.run(engine.handle("aik_service.testing.echo:load", step, lambda share: print("hung", flush=True)))
"""


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    step(tmp_path, "hang")
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:  # noqa: S603
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"hung\n"
        [child] = engine_children(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        child.wait(30)


def test_a_child_that_can_not_tell_its_parent_anything_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_DOOR", str(tmp_path / "never open"))
    command = [sys.executable, "-m", "aik_service.engine_process.child", HANDLER]
    command.append("aik_service.testing.echo:load_when_open")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.close()
        for message in (ask_identity(1), cancel(1)):
            child.stdin.write(json.dumps(message) + "\n")
        child.stdin.flush()
        assert child.wait(60) == 0


async def test_how_long_an_engine_takes_to_load_is_told_once_for_each_child(tmp_path: Path) -> None:
    loads: list[tuple[str, float]] = []
    process = EngineProcess(HANDLER, idle_s=60, loaded=lambda engine, seconds: loads.append((engine, seconds)))
    for engine in (WARM, WARM, ENGINE):
        await process.identity(engine)
        await process.handle(engine, step(tmp_path, "la"), ignore)
    await process.kill()
    assert [engine for engine, _ in loads] == [WARM, ENGINE]
    assert loads[0][1] >= 0.1, "it warms up for so long"
