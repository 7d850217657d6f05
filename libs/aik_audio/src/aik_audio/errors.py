"""Why a file can't be used as a song; each class's docstring is what a person is told."""

from typing import ClassVar


class AudioError(Exception):
    """The audio can't be used."""

    code: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or type(self).__doc__)


class EmptyFile(AudioError):
    """The file is empty: upload it again."""

    code = "empty-file"


class NotAudio(AudioError):
    """The file is not audio that can be read: upload an MP3, WAV, FLAC, M4A or Ogg file."""

    code = "not-audio"


class CorruptAudio(AudioError):
    """The audio file is damaged or cut off: export it again and upload the new file."""

    code = "corrupt-audio"


class AudioTooLong(AudioError):
    """The audio is longer than allowed: upload a shorter file."""

    code = "too-long"
