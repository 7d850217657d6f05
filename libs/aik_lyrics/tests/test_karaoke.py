"""The karaoke document: its bytes and its promises."""

import json
from typing import Any

import pytest
from aik_lyrics import Alignment, Karaoke, Line, Lyrics, Word, from_text, minted_by, untimed
from aik_lyrics.invariants import Problem, invariants

LYRICS = from_text("hello world\n***\nlast </script> line", minted_by("event"), language="en")


def timed(lyrics: Lyrics = LYRICS) -> Karaoke:
    """Every sung line takes a second, its words share it evenly."""
    lines = tuple(_timed(line, 61_010 + 1_000 * n) if line.sung else line for n, line in enumerate(lyrics.lines))
    alignment = Alignment(engine="test", coverage=1.0, confidence=0.5)
    return Karaoke(track_id="trk", version=1, language="en", duration_ms=70_000, alignment=alignment, lines=lines)


def _timed(line: Line, start: int) -> Line:
    step = 1_000 // len(line.words)
    words = tuple(
        word.model_copy(update={"start_ms": start + n * step, "end_ms": start + (n + 1) * step, "timing": "aligned"})
        for n, word in enumerate(line.words)
    )
    return line.model_copy(update={"start_ms": start, "end_ms": start + 1_000, "words": words})


def with_word(n: int, **times: int | None) -> Karaoke:
    """The timed document with the first line's n-th word changed."""
    line = timed().lines[0]
    words = tuple(word.model_copy(update=times) if at == n else word for at, word in enumerate(line.words))
    return with_line(words=words)


def with_line(**update: Any) -> Karaoke:
    first, *rest = timed().lines
    return timed().model_copy(update={"lines": (first.model_copy(update=update), *rest)})


def test_json_is_camel_case_and_reads_back_to_the_same_bytes() -> None:
    karaoke = timed()
    fields = json.loads(karaoke.to_json())
    assert (fields["schemaVersion"], fields["trackId"], fields["durationMs"]) == (1, "trk", 70_000)
    assert fields["lines"][0]["words"][0]["startMs"] == 61_010
    assert Karaoke.from_json(karaoke.to_json()).to_json() == karaoke.to_json()
    assert Lyrics.from_json(LYRICS.to_json()) == LYRICS


def test_readers_ignore_unknown_fields_and_enum_values() -> None:
    word = Word.from_json('{"id": "w", "text": "x", "timing": "guessed", "pitch": 440}')
    assert word == Word(id="w", text="x")


def test_what_is_optional_may_be_left_out_or_null() -> None:
    word = {"id": "w", "text": "x"}
    nulls = dict.fromkeys(("startMs", "endMs", "confidence", "timing", "syllables"))
    line = {"id": "l", "text": "x", "words": [word]}
    more = dict.fromkeys(("startMs", "endMs", "confidence", "singers", "role", "language", "dir"))
    alignment = {"engine": "test", "coverage": 1.0}
    left_out = {"trackId": "trk", "version": 1, "alignment": alignment, "lines": [line]}
    null = {**left_out, "lines": [{**line, **more, "words": [{**word, **nulls}]}]}
    null |= dict.fromkeys(("language", "durationMs", "singers", "sections", "sourceText"))
    named = ("engineVersion", "weightsSha256", "parameters", "earlierEngines")
    null["alignment"] = alignment | dict.fromkeys((*named, "confidence", "heardLanguage", "agreement"))
    assert Karaoke.from_json(json.dumps(left_out)) == Karaoke.from_json(json.dumps(null))


def test_what_is_not_aligned_has_null_times_and_its_source_text() -> None:
    karaoke = untimed(LYRICS, "trk", 2)
    assert {word.start_ms for line in karaoke.lines for word in line.words} == {None}
    assert (karaoke.version, karaoke.alignment, karaoke.source_text) == (2, None, LYRICS.source_text)


def test_a_sound_document_breaks_no_promise() -> None:
    assert invariants(timed(), LYRICS) == []


@pytest.mark.parametrize(
    ("karaoke", "codes"),
    [
        (with_word(0, end_ms=61_009), ["word-outside-line"]),
        (with_word(1, end_ms=62_011), ["word-outside-line"]),
        (with_word(1, start_ms=None), ["time-missing"]),
        (with_word(0, start_ms=61_511, end_ms=61_600), ["order"]),
        (with_line(start_ms=61_011), ["word-outside-line"]),
        (with_line(end_ms=70_001), ["outside"]),
        (with_line(text="hello  world"), ["text-differs"]),
        (with_line(sung=False), ["time-not-sung"]),
        (with_line(text="hello ", words=timed().lines[0].words[:1]), ["words-differ"]),
        (timed().model_copy(update={"lines": timed().lines[::-1]}), ["order", "words-differ"]),
        (untimed(LYRICS, "trk", 1), ["time-missing", "time-missing"]),
    ],
)
def test_each_broken_promise_is_named(karaoke: Karaoke, codes: list[str]) -> None:
    assert [problem.code for problem in invariants(karaoke, LYRICS)] == codes


def test_a_problem_says_where_it_is() -> None:
    detail = "“world” at 61510–62011 ms is not inside its line"
    assert invariants(with_word(1, end_ms=62_011)) == [Problem("word-outside-line", LYRICS.lines[0].id, detail)]
