"""FFmpeg's encoders, in the process through PyAV."""

from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path

from aik_audio.encode import Write, encode_flac, encode_m4a
from aik_events.environment import from_environment
from aik_service.step import EngineIdentity

from aik_publisher.settings import PublisherSettings


def load() -> "FfmpegEncoder":
    settings = from_environment(PublisherSettings)
    return FfmpegEncoder(aac_bit_rate=settings.aac_bit_rate, threads=settings.threads)


class FfmpegEncoder:
    """FLAC with 16 bits a sample, AAC with so many bit/s over both channels; both bit-exact."""

    def __init__(self, *, aac_bit_rate: int, threads: int = 1) -> None:
        self._aac_bit_rate = aac_bit_rate
        self.threads = threads

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(
            name="ffmpeg", version=f"av {version('av')}", parameters={"aac_bit_rate": self._aac_bit_rate}
        )

    def encode(self, path: Path) -> AbstractContextManager[Write]:
        match path.suffix:
            case ".flac":
                return encode_flac(path)
            case ".m4a":
                return encode_m4a(path, bit_rate=self._aac_bit_rate)
            case other:
                raise ValueError(f"no encoder writes {other}")
