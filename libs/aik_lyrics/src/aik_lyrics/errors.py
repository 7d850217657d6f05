"""Why lyrics are refused: each exception has a stable code, and its docstring is its message."""


class LyricsError(ValueError):
    """The lyrics cannot be used."""

    code = "lyrics-invalid"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or type(self).__doc__)


class LyricsEmpty(LyricsError):
    """The lyrics have no words: send at least one line of text."""

    code = "lyrics-empty"


class LyricsTooLong(LyricsError):
    """The lyrics are too long: at most 64 KiB and 2,000 lines."""

    code = "lyrics-too-long"


class LineInvalid(LyricsError):
    """A line must be one line of text that is not blank."""

    code = "line-invalid"


class UnknownId(LyricsError):
    """The edit names a line or word that the newest version does not have."""

    code = "unknown-id"


class DuplicateId(LyricsError):
    """The edit names the same line or word twice."""

    code = "duplicate-id"


class WordsMismatch(LyricsError):
    """A line's words, joined in order, must be the line's text but for spaces and lone signs between them."""

    code = "words-mismatch"


class TimesInvalid(LyricsError):
    """Times given by hand must have start ≤ end, lie inside the song and not decrease from word to word."""

    code = "times-invalid"
