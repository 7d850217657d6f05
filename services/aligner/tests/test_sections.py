"""Where music plays alone, and where somebody sings what is not in the lyrics."""

from aik_aligner.sections import sections
from aik_audio.voice import Region
from aik_lyrics import Karaoke, Lyrics, from_text, minted_by
from aik_lyrics.documents import Section
from aik_lyrics.line_edits import LineEdit, edited_lines
from hypothesis import given, settings
from hypothesis import strategies as st

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


MARKED = from_text(
    "[Intro]\n[Verse 1: Anna]\none\n[Guitar Solo]\n(x2)\n[Chorus]\ntwo\nthree\n[Applause]\nfour\n[Chorus x2]",
    minted_by("event"),
)


def marked(*spans: tuple[int, int], lyrics: Lyrics = MARKED, duration_ms: int = 60_000) -> Karaoke:
    """The marked lyrics; the lines that are sung have these times in order, and the rest are not in the recording."""
    times = iter(spans)
    lines = [
        line.model_copy(update=dict(zip(("start_ms", "end_ms"), next(times, (None, None)), strict=True)))
        if line.sung
        else line
        for line in lyrics.lines
    ]
    return Karaoke(track_id="trk", version=1, duration_ms=duration_ms, singers=lyrics.singers, lines=tuple(lines))


def test_a_mark_is_a_section_from_its_first_line_to_its_last_one_and_names_what_is_heard_where_it_has_no_lines() -> (
    None
):
    document = marked((7_000, 12_000), (24_000, 26_000), (34_000, 36_000), (37_000, 39_000))
    assert sections(document, [Region(7.0, 12.0), Region(24.0, 39.0), Region(40.0, 50.0)]) == (
        Section(kind="instrumental", label="Intro", start_ms=0, end_ms=7_000),
        Section(kind="verse", label="Verse 1", start_ms=7_000, end_ms=12_000),
        Section(kind="instrumental", label="Guitar Solo", start_ms=12_000, end_ms=24_000),
        Section(kind="chorus", label="Chorus", start_ms=24_000, end_ms=39_000),
        Section(kind="vocal", label="Chorus", start_ms=40_000, end_ms=50_000),
        Section(kind="instrumental", start_ms=50_000, end_ms=60_000),
    )
    over = sections(document, [Region(7.0, 39.0), Region(40.0, 50.0)])[2]
    assert over == Section(kind="vocal", start_ms=12_000, end_ms=24_000), "a solo that somebody sings in has no name"


def test_lines_of_two_singers_that_overlap_make_sections_that_do_not() -> None:
    lyrics = from_text("[Verse: Anna]\none\ntwo\n[Chorus: Ben]\nthree", minted_by("event"))
    document = marked((0, 1_000), (1_000, 5_000), (4_000, 6_000), lyrics=lyrics, duration_ms=6_000)
    assert sections(document, [Region(0.0, 6.0)]) == (
        Section(kind="verse", label="Verse", start_ms=0, end_ms=4_000),
        Section(kind="chorus", label="Chorus", start_ms=4_000, end_ms=6_000),
    )


def test_lines_that_nobody_sings_make_no_section() -> None:
    document = marked((7_000, 9_000))
    assert sections(document, [Region(7.0, 9.0)]) == (
        Section(kind="instrumental", label="Intro", start_ms=0, end_ms=7_000),
        Section(kind="verse", label="Verse 1", start_ms=7_000, end_ms=9_000),
        Section(kind="instrumental", label="Guitar Solo", start_ms=9_000, end_ms=60_000),
    )


def test_words_set_by_hand_to_what_looks_like_a_mark_are_none() -> None:
    lyrics = from_text("one\ntwo", minted_by("event"))
    edits = [LineEdit(id=lyrics.lines[0].id, text="Chorus"), LineEdit(id=lyrics.lines[1].id, text="two")]
    document = marked(
        (0, 1_000), (1_000, 2_000), lyrics=edited_lines(lyrics, edits, minted_by("edit")), duration_ms=2_000
    )
    assert sections(document, [Region(0.0, 2.0)]) == ()


milliseconds = st.integers(0, 60_000)
spans = st.tuples(milliseconds, milliseconds).map(lambda span: (min(span), max(span)))

apart = st.lists(milliseconds, max_size=12, unique=True).map(
    lambda times: list(zip(sorted(times)[::2], sorted(times)[1::2], strict=False))
)


@settings(deadline=None)
@given(st.lists(spans, max_size=5), apart)
def test_sections_never_overlap_and_stay_inside_the_song(
    sung: list[tuple[int, int]], voice: list[tuple[int, int]]
) -> None:
    regions = [Region(start / 1000, end / 1000) for start, end in voice]
    found = sections(marked(*sung), regions)
    edges = [edge for section in found for edge in (section.start_ms, section.end_ms)]
    assert edges == sorted(edges)
    assert all(0 <= section.start_ms < section.end_ms <= 60_000 for section in found)


def test_scraps_of_voice_around_a_pause_are_no_singing() -> None:
    document = karaoke((0, 4_000), (8_000, 12_000), duration_ms=12_000)
    assert sections(document, [Region(0.0, 4.5), Region(7.4, 12.0)]) == ()
