"""Any audio file to 44.1 kHz stereo samples."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from aik_audio.blocks import BLOCK, regrouped
from aik_audio.errors import AudioTooLong, CorruptAudio, EmptyFile, NotAudio
from aik_audio.samples import SAMPLE_RATE, Samples

# Only these are probed: a playlist or a subtitle file is not audio, and must not make FFmpeg open what it names.
FORMATS = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,flac,flv,matroska,mov,mp3,mpeg,mpegts,ogg,tta,w64,wav,wv"
SIGNATURES = (b"fLaC", b"OggS", b"RIFF", b"ID3", b"FORM", b"\xff\xfb", b"\xff\xf1", b"\x1aE\xdf\xa3")
# The duration of these can be FFmpeg's guess from the bit rate; of the others it is written in the file.
GUESSED_DURATION = {"mp3", "aac", "amr", "ac3", "mpeg", "mpegts"}
DAMAGED_SHARE = 0.02
SHORTEST_SHARE = 0.95
CODEC_FRAME = 4096


def decode(path: Path, *, block: int = BLOCK, max_duration_s: float | None = None) -> "Decoding":
    """The first audio stream in blocks of float32, shape (block, 2), 44.1 kHz; mono is doubled, surround is mixed down.

    Up to 2 % of damaged packets are left out. Stops reading at `max_duration_s`. A file that says how long it is must
    have 95 % of that (WAV, MP3 and Ogg files that are cut off are shorter songs).
    Iterating raises EmptyFile, NotAudio, CorruptAudio or AudioTooLong, the last two after any number of blocks.
    """
    return Decoding(path, block, max_duration_s)


class Decoding(Iterator[Samples]):
    """The blocks of one file, once and in order; memory is bounded by a block."""

    def __init__(self, path: Path, block: int, max_duration_s: float | None) -> None:
        self.frames = 0
        """How many have been given out."""
        self._expected: float = math.inf
        self._blocks = regrouped(self._read(path, max_duration_s), block)

    @property
    def share(self) -> float:
        """How much of the file has been given out, 0…1, by what it says of its length, which can be a guess."""
        return min(1.0, self.frames / self._expected)

    def __next__(self) -> Samples:
        block = next(self._blocks)
        self.frames += len(block)
        return block

    def _read(self, path: Path, max_duration_s: float | None) -> Iterator[Samples]:
        if path.stat().st_size == 0:
            raise EmptyFile
        count = 0
        with _open(path) as container:
            if not container.streams.audio:
                raise NotAudio("The file has no sound track: upload the song as an audio file.")
            stream = container.streams.audio[0]
            declared = _declared_frames(container, stream)
            self._expected = declared or _guessed_frames(container)
            blocks = _resampled(_decoded(container, stream), max_duration_s)
            if declared is not None and "mov" in container.format.name:
                blocks = _unpadded(blocks, declared)
            try:
                for block in blocks:
                    count += len(block)
                    yield block
            except av.FFmpegError as error:
                raise CorruptAudio from error
        if count == 0 or (declared is not None and count < SHORTEST_SHARE * declared):
            raise CorruptAudio


def _open(path: Path) -> InputContainer:
    try:
        return av.open(str(path), "r", options={"format_whitelist": FORMATS, "protocol_whitelist": "file"})
    except av.FFmpegError as error:
        with path.open("rb") as file:
            head = file.read(12)
        raise (CorruptAudio if head.startswith(SIGNATURES) or head[4:8] == b"ftyp" else NotAudio) from error


def _declared_frames(container: InputContainer, stream: AudioStream) -> int | None:
    """How many frames at SAMPLE_RATE the file says it has, or None where it doesn't say."""
    if stream.duration is None or stream.time_base is None or container.format.name in GUESSED_DURATION:
        return None
    return round(stream.duration * Fraction(stream.time_base.numerator, stream.time_base.denominator) * SAMPLE_RATE)


def _guessed_frames(container: InputContainer) -> float:
    """How many frames at SAMPLE_RATE FFmpeg thinks that there are; infinitely many where it can't tell."""
    return container.duration / av.time_base * SAMPLE_RATE if container.duration else math.inf


def _unpadded(blocks: Iterator[Samples], declared: int) -> Iterator[Samples]:
    """Without what follows the declared frames, if that is no more than the padding of the last codec frame.

    The decoder returns whole codec frames; MP4 says how much of the last one is padding.
    """
    count = 0
    beyond: list[Samples] = []
    for block in blocks:
        inside = max(0, declared - count)
        count += len(block)
        yield block[:inside]
        beyond.append(block[inside:])
        if count - declared > CODEC_FRAME:
            yield from beyond
            beyond.clear()


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    packets = damaged = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            damaged += 1
    # One is always forgiven: the last frame of many files is cut.
    if damaged > max(1, DAMAGED_SHARE * packets):
        raise CorruptAudio


def _resampled(frames: Iterator[AudioFrame], max_duration_s: float | None) -> Iterator[Samples]:
    rate, length, resampler = 0, 0, None
    stereo = _Stereo()
    for frame in frames:
        if rate == 0:
            rate = frame.sample_rate
            resampler = None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 2)
        if frame.sample_rate != rate:
            raise CorruptAudio
        length += frame.samples
        if max_duration_s is not None and length > max_duration_s * rate:
            raise AudioTooLong(f"The song is longer than {max_duration_s / 60:g} minutes: upload a shorter one.")
        for block in stereo(frame):
            yield resampler.resample_chunk(block) if resampler else block
    if resampler:
        yield resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True)


class _Stereo:
    """Turns decoded frames of any sample format and layout, which may change on the way, into float32 stereo."""

    def __init__(self) -> None:
        self._converters: dict[tuple[str, str], AudioResampler] = {}

    def __call__(self, frame: AudioFrame) -> Iterator[Samples]:
        key = (frame.format.name, frame.layout.name)
        if key not in self._converters:
            # FFmpeg would spread mono over two channels 3 dB quieter: it is doubled below instead.
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self._converters[key] = AudioResampler(format="flt", layout=layout, rate=frame.sample_rate)
        for converted in self._converters[key].resample(frame):
            block = cast(Samples, converted.to_ndarray()).reshape(-1, converted.layout.nb_channels)
            if not np.isfinite(block).all():
                raise CorruptAudio
            yield np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block
