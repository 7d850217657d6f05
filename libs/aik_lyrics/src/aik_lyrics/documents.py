"""The lyrics document and karaoke-json: frozen models, camelCase JSON, the same bytes for the same content."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

Timing = Literal["aligned", "derived", "manual"]
Role = Literal["lead", "backing"]
Direction = Literal["ltr", "rtl"]


def _one_of(known: Any) -> BeforeValidator:
    """Readers ignore enum values that a later version added: they read as null."""
    return BeforeValidator(lambda value: value if value in get_args(known) else None)


class Document(BaseModel):
    """Unknown fields are ignored, so that additions need no new schema version.

    An error never quotes the document: what a step says of its failure goes into the log, where lyrics never are.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    def to_json(self) -> bytes:
        """UTF-8 JSON with the fields in their order and nulls written out: the same document is the same bytes."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """Raises pydantic's ValidationError for anything that is not this document."""
        return cls.model_validate_json(content)


class Syllable(Document):
    """Times in ms on the minus's timeline."""

    start_ms: int
    end_ms: int
    text: str


class Word(Document):
    """One word as it was written; `after` is what stands between it and the next word. Times in ms.

    `confidence` is how likely its start is within 0.3 s of where it is sung, 0…1; of the text it says nothing. A line's
    and a document's is the mean of its words'.
    """

    id: str
    text: str
    after: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float | None = None
    timing: Annotated[Timing | None, _one_of(Timing)] = None
    syllables: tuple[Syllable, ...] | None = None


class Line(Document):
    """One line; `text` is its words with their `after`. A line that is not sung has no times. Times in ms.

    `written` is the line as it was pasted, where that has more than what is sung (chords, a speaker's name, a repeat
    sign). A line that only marks something ([Chorus]) has no words and is not sung.
    """

    id: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    sung: bool = True
    confidence: float | None = None
    singers: tuple[str, ...] | None = None
    role: Annotated[Role | None, _one_of(Role)] = None
    language: str | None = None
    dir: Annotated[Direction | None, _one_of(Direction)] = None
    written: str | None = None
    words: tuple[Word, ...]


class Singer(Document):
    """One voice that lines refer to by its id."""

    id: str
    name: str | None = None


class Hint(Document):
    """About when a word is sung, in ms; nobody vouches for it: it comes from an LRC file or a transcript."""

    word_id: str
    start_ms: int
    end_ms: int | None = None
    confidence: float | None = None


HintSource = Literal["lrc", "transcript"]


class Lyrics(Document):
    """What is sung, with its ids, before any alignment: the only times in its lines are those given by hand.

    Hints of a transcript were heard in this song's vocals; those of an LRC file may belong to another recording.
    """

    schema_version: int = 1
    language: str | None = None
    source_text: str
    singers: tuple[Singer, ...] | None = None
    hints: tuple[Hint, ...] | None = None
    hints_from: Annotated[HintSource | None, _one_of(HintSource)] = None
    lines: tuple[Line, ...]


class AlignedBy(Document):
    """An aligner: its name, its tools' versions, the hash of its weights and its parameters.

    All but the name are null in documents that were written before they were told.
    """

    engine: str
    engine_version: str | None = None
    weights_sha256: str | None = None
    parameters: Mapping[str, Any] | None = None


class Alignment(AlignedBy):
    """How the times came about; all shares 0…1, null where nobody knows.

    The engine is the one that aligned what is new in this version. Lines that an edit left alone are kept as they were,
    whoever aligned them: `earlier_engines` are the others that such lines may come from, the latest first; null where
    there are none. `coverage` is the share of the words that were found in the audio. `heard_language` is what the
    singing sounds like, whatever the lyrics are said to be in, and `agreement` the share of the letters that a
    transcript made without looking at the lyrics has at the same place: near 0 for the lyrics of another song.
    """

    earlier_engines: tuple[AlignedBy, ...] | None = None
    coverage: float
    confidence: float | None = None
    heard_language: str | None = None
    agreement: float | None = None


class Section(Document):
    """A stretch of the song: verse, chorus, instrumental … Times in ms."""

    kind: str
    label: str | None = None
    start_ms: int
    end_ms: int


class Karaoke(Document):
    """karaoke-json, schema version 1. Times in ms on the minus's timeline."""

    schema_version: int = 1
    track_id: str
    version: int
    language: str | None = None
    duration_ms: int | None = None
    alignment: Alignment | None = None
    singers: tuple[Singer, ...] | None = None
    sections: tuple[Section, ...] | None = None
    lines: tuple[Line, ...]
    source_text: str | None = None


def untimed(lyrics: Lyrics, track_id: str, version: int, duration_ms: int | None = None) -> Karaoke:
    """A version that nothing has been aligned for yet: null times, but for those given by hand."""
    return Karaoke(
        track_id=track_id,
        version=version,
        language=lyrics.language,
        duration_ms=duration_ms,
        singers=lyrics.singers,
        lines=lyrics.lines,
        source_text=lyrics.source_text,
    )
