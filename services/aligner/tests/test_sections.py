"""Where music plays alone, and where somebody sings what is not in the lyrics."""

from aik_aligner.sections import sections
from aik_audio.voice import Region
from aik_lyrics import Karaoke, from_text, minted_by
from aik_lyrics.documents import Section

LYRICS = from_text("one two\nthree four", minted_by("event"))


def karaoke(*spans: tuple[int, int], duration_ms: int) -> Karaoke:
    lines = [
        line.model_copy(update={"start_ms": start, "end_ms": end})
        for line, (start, end) in zip(LYRICS.lines, spans, strict=False)
    ]
    return Karaoke(track_id="trk", version=1, duration_ms=duration_ms, lines=tuple(lines))


def test_music_alone_for_five_seconds_is_an_instrumental_section() -> None:
    document = karaoke((6_000, 8_000), (12_000, 15_000), duration_ms=21_000)
    assert sections(document, [Region(6.0, 8.0), Region(12.0, 15.0)]) == (
        Section(kind="instrumental", start_ms=0, end_ms=6_000),
        Section(kind="instrumental", start_ms=15_000, end_ms=21_000),
    )


def test_singing_that_no_line_has_is_a_vocal_section_over_its_short_pauses() -> None:
    document = karaoke((0, 2_000), (20_000, 22_000), duration_ms=22_000)
    regions = [Region(0.0, 2.0), Region(8.0, 9.5), Region(10.0, 12.0), Region(16.0, 16.5), Region(20.0, 22.0)]
    assert sections(document, regions) == (
        Section(kind="instrumental", start_ms=2_000, end_ms=8_000),
        Section(kind="vocal", start_ms=8_000, end_ms=12_000),
        Section(kind="instrumental", start_ms=12_000, end_ms=20_000),
    )


def test_without_lines_and_voice_all_is_music() -> None:
    document = karaoke(duration_ms=9_000)
    assert sections(document, []) == (Section(kind="instrumental", start_ms=0, end_ms=9_000),)
