"""Which files become samples, of what shape and length, and which are refused with which code."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from aik_audio.decode import decode
from aik_audio.errors import AudioError
from aik_audio.level import rms_dbfs
from aik_audio.testing import samples_of
from numpy.typing import NDArray

Wave = NDArray[np.float32]
Tone = Callable[..., Wave]
Write = Callable[..., Path]


def noise(count: int) -> bytes:
    return Random(1).randbytes(count)  # noqa: S311  the same noise in every run


def code(path: Path) -> str:
    with pytest.raises(AudioError) as caught:
        samples_of(path)
    return caught.value.code


def test_lossless_stereo_comes_back_as_it_was(tone: Tone, write: Write) -> None:
    wave = tone()

    samples = samples_of(write("song.wav", "pcm_f32le", wave))

    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, wave)


def test_mono_is_doubled_at_the_same_level(tone: Tone, write: Write) -> None:
    wave = tone(channels=1)

    samples = samples_of(write("song.wav", "pcm_f32le", wave))

    np.testing.assert_array_equal(samples, np.repeat(wave, 2, axis=1))


def test_48_khz_becomes_the_same_tone_at_44_1_khz(tone: Tone, write: Write) -> None:
    samples = samples_of(write("song.wav", "pcm_f32le", tone(3.3, rate=48_000), rate=48_000))

    assert samples.shape == (145_530, 2)
    middle = slice(4410, -4410)
    assert rms_dbfs(samples[middle] - tone(3.3)[middle]) < -90


@pytest.mark.parametrize(
    ("name", "codec", "rate"), [("a.mp3", "libmp3lame", 44_100), ("a.m4a", "aac", 44_100), ("a.ogg", "libopus", 48_000)]
)
def test_a_compressed_song_keeps_its_length_and_its_place_in_time(
    tone: Tone, write: Write, name: str, codec: str, rate: int
) -> None:
    wave = np.concatenate([tone(1, peak=0, rate=rate), tone(1, rate=rate), tone(1, peak=0, rate=rate)])

    samples = samples_of(write(name, codec, wave, rate=rate))

    assert len(samples) == pytest.approx(3 * 44_100, abs=1)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.25)
    assert [loud[0], loud[-1]] == pytest.approx([44_100, 88_200], abs=150)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_f32le", 48_000),
        ("a.m4a", "aac", 44_100),
        ("a.mp3", "libmp3lame", 44_100),
        ("a.flac", "flac", 8_000),
    ],
)
@pytest.mark.parametrize("block", [1_000, 4_096, 70_001])
def test_blocks_of_any_size_hold_the_same_samples(
    tone: Tone, write: Write, name: str, codec: str, rate: int, block: int
) -> None:
    path = write(name, codec, tone(3.3, rate=rate), rate=rate)

    blocks = list(decode(path, block=block))

    assert {len(one) for one in blocks[:-1]} == {block}
    assert 0 < len(blocks[-1]) <= block
    np.testing.assert_array_equal(np.concatenate(blocks), samples_of(path))


@pytest.mark.parametrize(("name", "codec"), [("a.flac", "flac"), ("a.m4a", "aac"), ("a.mp3", "libmp3lame")])
def test_the_share_grows_to_the_whole_with_the_frames(tone: Tone, write: Write, name: str, codec: str) -> None:
    song = decode(write(name, codec, tone(3)), block=44_100)

    reached = [(song.frames, round(song.share, 2)) for _ in song]

    assert reached == [(44_100, 0.33), (88_200, 0.67), (132_300, 1.0)]


def test_six_channels_are_mixed_down_to_two(tone: Tone, write: Write) -> None:
    samples = samples_of(write("song.wav", "pcm_f32le", tone(1, channels=6)))
    assert samples.shape == (44_100, 2)
    assert rms_dbfs(samples) > rms_dbfs(tone(1))


def test_reading_stops_at_the_longest_allowed_duration(tone: Tone, write: Write) -> None:
    path = write("song.wav", "pcm_f32le", tone(3))

    assert sum(map(len, decode(path, max_duration_s=3))) == 3 * 44_100
    with pytest.raises(AudioError) as caught:
        list(decode(path, max_duration_s=2.9))
    assert caught.value.code == "too-long"


def test_a_file_without_a_byte_is_empty(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").touch()
    assert code(tmp_path / "song.mp3") == "empty-file"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary,\n" * 500,
        b"#EXTM3U\nsong.wav\n",
        b"ffconcat version 1.0\nfile song.wav\n",
        noise(50_000),
    ],
    ids=["text", "playlist", "concat", "noise"],
)
def test_what_is_no_audio_is_refused_and_nothing_that_it_names_is_opened(
    tmp_path: Path, tone: Tone, write: Write, content: bytes
) -> None:
    write("song.wav", "pcm_f32le", tone(1))
    (tmp_path / "song.mp3").write_bytes(content)
    assert code(tmp_path / "song.mp3") == "not-audio"


@pytest.mark.parametrize(("name", "codec"), [("a.flac", "flac"), ("a.m4a", "aac")])
def test_a_file_that_ends_before_the_end_that_it_names_is_corrupt(
    tone: Tone, write: Write, name: str, codec: str
) -> None:
    path = write(name, codec, tone())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert code(path) == "corrupt-audio"


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.flac", "flac")])
def test_a_file_with_noise_in_its_middle_is_corrupt(tone: Tone, write: Write, name: str, codec: str) -> None:
    path = write(name, codec, tone())
    content = path.read_bytes()
    quarter = len(content) // 4
    path.write_bytes(content[:quarter] + noise(2 * quarter) + content[3 * quarter :])
    assert code(path) == "corrupt-audio"


def test_samples_that_are_no_numbers_are_corrupt(tone: Tone, write: Write) -> None:
    wave = tone(1)
    wave[100] = np.nan
    assert code(write("song.wav", "pcm_f32le", wave)) == "corrupt-audio"


def test_one_damaged_packet_costs_no_more_than_itself(tone: Tone, write: Write) -> None:
    path = write("song.mp3", "libmp3lame", tone(10))
    content = bytearray(path.read_bytes())
    content[20_000:20_004] = b"\0\0\0\0"
    path.write_bytes(content)
    assert len(samples_of(path)) == pytest.approx(441_000, abs=3 * 1152)
