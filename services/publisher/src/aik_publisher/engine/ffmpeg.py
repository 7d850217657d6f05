"""FFmpeg's encoders, in the process through PyAV."""

from importlib.metadata import version
from pathlib import Path

from aik_audio.encode import encode_flac, encode_m4a
from aik_audio.samples import Samples
from aik_service.step import EngineIdentity

from aik_publisher.settings import PublisherSettings


def load() -> "FfmpegEncoder":
    return FfmpegEncoder(aac_bit_rate=PublisherSettings().aac_bit_rate)


class FfmpegEncoder:
    """FLAC with 16 bits a sample, AAC with so many bit/s over both channels; both bit-exact."""

    def __init__(self, *, aac_bit_rate: int) -> None:
        self._aac_bit_rate = aac_bit_rate

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(
            name="ffmpeg", version=f"av {version('av')}", parameters={"aac_bit_rate": self._aac_bit_rate}
        )

    def encode(self, samples: Samples, path: Path) -> None:
        match path.suffix:
            case ".flac":
                encode_flac(samples, path)
            case ".m4a":
                encode_m4a(samples, path, bit_rate=self._aac_bit_rate)
            case other:
                raise ValueError(f"no encoder writes {other}")
