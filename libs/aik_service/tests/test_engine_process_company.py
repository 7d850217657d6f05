"""Several calls in one engine's process: side by side, and what becomes of the others when one goes wrong."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aik_service.engine_process.parent import EngineFailed, EngineProcess, OutOfMemory
from aik_service.settings import StepSettings
from aik_service.step import StepInput, StepOutput
from aik_service.testing.children import engine_children

HANDLER = "aik_service.testing.echo:handle"
ENGINE = "aik_service.testing.echo:load"
OTHER = "aik_service.testing.echo:load_whisperer"
WARM = "aik_service.testing.echo:Warm"
SLOW = "aik_service.testing.echo:load_when_open"
PATIENT_S = 100.0
SOON_S = 60.0
"""Less than the patience, and enough for a machine with other work."""


class Song:
    """A call with what its caller hears of it."""

    def __init__(self, process: EngineProcess, folder: Path, text: str, engine: str = ENGINE) -> None:
        (folder / "out").mkdir(parents=True)
        (folder / "source").write_text(text)
        step = StepInput(track_id=folder.name, files={"source": folder / "source"}, out=folder / "out")
        self.begun: list[int] = []
        """The child that begins it, each time; 0 for one that has ended since."""
        self.shares: list[float] = []
        self.is_at_work = asyncio.Event()
        self.result = asyncio.create_task(process.handle(engine, step, self._progressed, self._began))

    def _began(self) -> None:
        self.begun.append(next((child.pid for child in engine_children()), 0))
        self.is_at_work.clear()

    def _progressed(self, share: float) -> None:
        self.shares.append(share)
        self.is_at_work.set()

    async def output(self) -> StepOutput:
        async with asyncio.timeout(60):
            return await self.result

    async def failure(self) -> EngineFailed:
        with pytest.raises(EngineFailed) as failure:
            await self.output()
        return failure.value

    async def cancel(self) -> float:
        """How many seconds it takes to be gone."""
        asked = time.monotonic()
        self.result.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.output()
        return time.monotonic() - asked


class House:
    """Songs of one engine process; `until` waits for the door to open."""

    def __init__(self, folder: Path, *, idle_s: float = 60, grace_s: float = PATIENT_S) -> None:
        self.process = EngineProcess(HANDLER, idle_s=idle_s, grace_s=grace_s)
        self._folder = folder
        self.door = folder / "open"
        self.until = f"until {self.door}"
        self.songs: list[Song] = []

    def song(self, text: str, engine: str = ENGINE) -> Song:
        self.songs.append(Song(self.process, self._folder / f"song-{len(self.songs)}", text, engine))
        return self.songs[-1]

    async def working(self, *texts: str) -> list[Song]:
        """Songs that are all at work in one child."""
        songs = [self.song(text) for text in texts]
        async with asyncio.timeout(60):
            for song in songs:
                await song.is_at_work.wait()
        assert len({pid for song in songs for pid in song.begun}) == 1
        return songs

    async def end(self) -> None:
        for song in self.songs:
            song.result.cancel()
        await asyncio.gather(*(song.result for song in self.songs), return_exceptions=True)
        await self.process.kill()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    yield made
    await made.end()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def test_calls_work_at_the_same_time_in_one_child(house: House) -> None:
    songs = await house.working(house.until, house.until, house.until)
    house.door.touch()
    outputs = [await song.output() for song in songs]
    assert [output.files["vocals"].parent.parent.name for output in outputs] == ["song-0", "song-1", "song-2"]
    assert len(engine_children()) == 1


async def test_a_call_that_hears_that_it_is_withdrawn_ends_and_its_neighbour_notices_nothing(house: House) -> None:
    one, neighbour = await house.working(house.until, house.until)
    assert await one.cancel() < SOON_S
    house.door.touch()
    await neighbour.output()
    assert neighbour.begun == [child.pid for child in engine_children()]


async def test_a_call_that_does_not_end_when_it_is_withdrawn_is_killed_and_its_neighbour_begins_again(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, grace_s=0.3)
    one, neighbour = await house.working("hang", house.until)
    [before] = engine_children()
    assert 0.3 <= await one.cancel() < SOON_S
    assert not before.is_running()
    house.door.touch()
    await neighbour.output()
    assert len(neighbour.begun) == 2
    assert neighbour.begun[1] != before.pid
    await house.end()


async def test_who_hears_of_it_only_after_its_batch_is_waited_for_and_its_neighbour_notices_nothing(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, grace_s=StepSettings.model_fields["engine_withdraw_s"].default)
    one, neighbour = await house.working("batch 3", house.until)
    assert await one.cancel() < SOON_S
    house.door.touch()
    await neighbour.output()
    assert neighbour.begun == [child.pid for child in engine_children()]
    await house.end()


async def test_while_a_withdrawn_call_has_not_ended_nobody_else_waits_for_it(house: House, tmp_path: Path) -> None:
    door = tmp_path / "open-to-the-deaf"
    one, neighbour = await house.working(f"deaf-until {door}", house.until)
    one.result.cancel()
    await house.song("la").output()
    [joined] = await house.working(house.until)
    assert await joined.cancel() < SOON_S
    assert not one.result.done()
    door.touch()
    with pytest.raises(asyncio.CancelledError):
        await one.output()
    house.door.touch()
    await neighbour.output()
    assert neighbour.begun == [child.pid for child in engine_children()]


async def test_a_caller_that_does_not_wait_for_the_end_of_its_call_blocks_nobody(house: House) -> None:
    one, neighbour = await house.working("hang", house.until)
    one.result.cancel()
    await asyncio.sleep(0)
    assert await one.cancel() < SOON_S
    await house.song("la").output()
    house.door.touch()
    await neighbour.output()


async def test_calls_that_are_all_withdrawn_are_killed_at_once(house: House) -> None:
    songs = await house.working("hang", "hang")
    assert max(await asyncio.gather(*(song.cancel() for song in songs))) < SOON_S
    assert engine_children() == []


async def test_a_call_that_waits_for_its_turn_leaves_without_a_trace(house: House) -> None:
    [at_work] = await house.working(house.until)
    waiting, last = house.song("la", OTHER), house.song("La", OTHER)
    assert await waiting.cancel() < SOON_S
    house.door.touch()
    await at_work.output()
    assert (await last.output()).files["vocals"].read_text() == "la"
    assert (at_work.begun[1:], waiting.begun, len(last.begun)) == ([], [], 1)


async def test_a_crash_in_company_is_the_failure_of_the_one_that_crashes_alone(house: House) -> None:
    first, second = await house.working(house.until, house.until)
    guilty = house.song("crash")
    await until(lambda: len(first.begun) == 2)
    assert (second.begun[1:], guilty.begun[1:]) == ([], []), "nothing runs beside it"
    house.door.touch()
    await first.output()
    await second.output()
    assert str(await guilty.failure()) == "the engine's process ended with -11"
    assert [len(song.begun) for song in (first, second, guilty)] == [2, 2, 2]


async def test_who_lacks_memory_in_company_gets_it_alone(house: House) -> None:
    [neighbour] = await house.working(house.until)
    hungry = house.song(f"exhaust-{house.until}")
    await until(lambda: len(hungry.begun) == 1)
    house.door.touch()
    await hungry.output()
    await neighbour.output()
    assert (len(neighbour.begun), hungry.begun) == (1, neighbour.begun * 2)


async def test_who_lacks_memory_alone_too_has_failed_and_nobody_else(house: House) -> None:
    [neighbour] = await house.working(house.until)
    hungry = house.song("exhaust")
    await until(lambda: len(hungry.begun) == 1)
    house.door.touch()
    assert isinstance(await hungry.failure(), OutOfMemory)
    await neighbour.output()
    assert len(neighbour.begun) == 1


@pytest.mark.parametrize("text", ["break", "refuse"])
async def test_a_failure_or_a_refusal_is_ones_own(house: House, text: str) -> None:
    [neighbour] = await house.working(house.until)
    other = house.song(text)
    await asyncio.wait({other.result}, timeout=60)
    assert (len(other.begun), other.result.exception() is None) == (1, False)
    house.door.touch()
    await neighbour.output()
    assert len(neighbour.begun) == 1


async def test_another_engine_waits_for_its_turn_and_is_not_overtaken(house: House) -> None:
    [first] = await house.working(house.until)
    [child] = engine_children()
    other, later = house.song("La", OTHER), house.song("La")
    order: list[Song] = []

    async def ended(song: Song) -> str:
        output = await song.output()
        order.append(song)
        return output.files["vocals"].read_text()

    house.door.touch()
    made = [*await asyncio.gather(ended(later), ended(other), ended(first))]
    assert made == ["LA", "la", house.until.upper()]
    assert order == [first, other, later]
    assert not child.is_running()


async def test_an_engine_is_warmed_up_once_before_anything_is_answered(house: House) -> None:
    songs = [house.song("la", WARM) for _ in range(3)]
    outputs = [await song.output() for song in songs]
    assert [output.files["vocals"].read_text() for output in outputs] == ["warmed up 1"] * 3


@pytest.mark.parametrize("which", [0, 1])
async def test_who_is_withdrawn_while_the_engine_is_loaded_leaves_at_once_and_it_is_loaded_on(
    house: House, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_DOOR", str(house.door))
    songs = [house.song("la", SLOW) for _ in range(2)]
    await until(lambda: all(song.begun for song in songs))
    assert await songs.pop(which).cancel() < SOON_S
    house.door.touch()
    await songs[0].output()
    assert songs[0].begun == [child.pid for child in engine_children()]


async def test_a_child_with_calls_is_not_idle(tmp_path: Path) -> None:
    house = House(tmp_path, idle_s=0.01)
    [one] = await house.working(house.until)
    await house.song("la").output()
    told = len(one.shares)
    await until(lambda: len(one.shares) > told + 10)
    assert one.begun == [child.pid for child in engine_children()]
    house.door.touch()
    await one.output()
    await until(lambda: not engine_children())
    await house.end()


async def test_the_end_may_come_while_the_child_is_started(house: House) -> None:
    for turns in range(1, 12):
        song = house.song("la")
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(SOON_S):
            await house.process.kill()
        assert engine_children() == []
        await song.failure()


async def test_at_the_end_the_child_is_gone_and_calls_fail(house: House) -> None:
    songs = [*await house.working("hang", "hang"), house.song("la", OTHER)]
    await house.process.kill()
    assert engine_children() == []
    assert [str(await song.failure()) for song in songs] == ["the engine's process was ended"] * 3
    await house.song("la").output()
