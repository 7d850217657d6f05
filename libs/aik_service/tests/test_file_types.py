"""What clients are told of a published file: by its name alone."""

import pytest
from aik_service.file_types import FileType, file_type


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("minus.flac", FileType("minus", "flac", "audio/flac")),
        ("mix.m4a", FileType("mix", "m4a", "audio/mp4")),
        ("vocals.peaks.json", FileType("vocals-peaks", "json", "application/json")),
        ("karaoke.json", FileType("karaoke", "json", "application/json")),
        ("karaoke.html", FileType("page", "html", "text/html; charset=utf-8")),
        ("lyrics.lrc", FileType("lrc", "lrc", "text/plain; charset=utf-8")),
        ("lyrics.enhanced.lrc", FileType("enhanced-lrc", "lrc", "text/plain; charset=utf-8")),
        ("ultrastar.txt", FileType("ultrastar", "txt", "text/plain; charset=utf-8")),
        ("manifest.json", FileType("manifest", "json", "application/json")),
        ("cover.of.a.later.version", FileType("cover-of-a-later", "version", "application/octet-stream")),
        ("nothing", FileType("nothing", "", "application/octet-stream")),
    ],
)
def test_kind_format_and_content_type_follow_from_the_name(name: str, wanted: FileType) -> None:
    assert file_type(name) == wanted
