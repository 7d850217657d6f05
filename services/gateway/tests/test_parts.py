"""What is accepted as an upload, and when its parts are whole."""

import pytest
from aik_gateway.multipart_xml import StoredPart, begun, completion, page
from aik_gateway.parts import MIB, check_file, incomplete, part_count, part_size_for, suffix_of
from aik_gateway.problems import Problem


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("song.mp3", None),
        ("SONG.FLAC", ""),
        ("song", "audio/ogg"),
        ("clip.mp4", "video/mp4"),
        ("song.opus", "application/octet-stream"),
        ("song.ogg", "application/ogg"),
    ],
)
def test_what_may_be_audio_is_accepted(filename: str, content_type: str | None) -> None:
    check_file(filename, 1, content_type, 1)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("notes.txt", None), ("song.mp3", "text/plain"), ("song", None), ("song.exe", "application/octet-stream")],
)
def test_what_cannot_be_audio_is_refused(filename: str, content_type: str | None) -> None:
    with pytest.raises(Problem, match="unsupported-audio-type"):
        check_file(filename, 1, content_type, 1)


def test_a_file_over_the_limit_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Problem, match="file-too-large"):
        check_file("song.mp3", 2, None, 1)


def test_a_part_size_is_honoured_or_refused() -> None:
    assert part_size_for(100 * MIB, 6 * MIB + 1) == 6 * MIB + 1
    for wanted, size in [(5 * MIB - 1, MIB), ((5 << 30) + 1, MIB), (5 * MIB, 5 * MIB * 10_000 + 1)]:
        with pytest.raises(Problem, match="part-size-invalid"):
            part_size_for(size, wanted)


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 80_000 * MIB, 80_000 * MIB + 1, 5 << 40])
def test_the_part_size_that_is_chosen_fits_the_stores_limits(size: int) -> None:
    part_size = part_size_for(size, None)
    assert 5 * MIB <= part_size <= 5 << 30
    assert 1 <= part_count(size, part_size) <= 10_000


def test_a_suffix_that_a_key_cannot_have_is_left_out() -> None:
    assert [suffix_of(name) for name in ("a.MP3", "a", "a.b/c", "a.m p", "a.тест", ".flac", "a.")] == [".mp3"] + [
        ""
    ] * 6


def stored(*sizes: int) -> list[StoredPart]:
    return [StoredPart(number, f"etag{number}", size) for number, size in enumerate(sizes, start=1)]


def problem_members(problem: Problem | None) -> dict[str, object]:
    assert problem is not None
    return {"code": problem.code, **problem.members}


def test_an_upload_is_whole_when_every_part_has_its_size() -> None:
    assert incomplete(25, 10, stored(10, 10, 5), {}) is None
    assert incomplete(25, 10, stored(10, 10, 5), {1: "etag1", 3: "etag3"}) is None
    assert incomplete(0, 10, stored(0), {}) is None


def test_missing_and_wrong_parts_are_named() -> None:
    found = incomplete(35, 10, [*stored(10, 9), StoredPart(5, "e", 1)], {1: "other"})
    assert problem_members(found) == {"code": "upload-incomplete", "missing": [3, 4], "wrong": [1, 2, 5]}


def test_the_stores_xml_is_understood() -> None:
    space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    part = "<Part><PartNumber>7</PartNumber><ETag>&quot;ab&quot;</ETag><Size>9</Size></Part>"
    found = page(f"<ListPartsResult {space}><IsTruncated>true</IsTruncated>{part}</ListPartsResult>")
    assert (found.parts, found.truncated) == ([StoredPart(7, "ab", 9)], True)
    assert begun(f"<R {space}><UploadId>u1</UploadId></R>").multipart_id == "u1"
    assert b'<Part><PartNumber>7</PartNumber><ETag>"ab"</ETag></Part>' in completion(found.parts)
