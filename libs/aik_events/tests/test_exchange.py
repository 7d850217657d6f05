"""Records in a file: every byte is found again, the same records give the same file, half a file is none."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from aik_events.envelope import Partition
from aik_events.exchange.archive import FileThere, NotAnExport, created, parts_of
from aik_events.exchange.lines import PART_BYTES, LogWriter, line_of, partitions_in, record_of, records_in
from aik_events.stored import Stored
from hypothesis import given
from hypothesis import strategies as st

CONTENT = st.none() | st.binary(max_size=40) | st.text(max_size=20).map(str.encode)
RECORDS = st.builds(
    Stored,
    partition=st.builds(Partition, st.sampled_from(["aik.tracks", "aik.assets"]), st.integers(0, 11)),
    offset=st.integers(0, 1 << 40),
    timestamp_ms=st.integers(-1, 1 << 45),
    key=CONTENT,
    value=CONTENT,
    headers=st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), CONTENT), max_size=4).map(tuple),
)


def record(offset: int, value: bytes = b"{}") -> Stored:
    return Stored(Partition("aik.tracks", 1), offset, 5, b"trk_1", value, (("ce_id", b"1"), ("ce_id", None)))


def write(path: Path, records: Sequence[Stored]) -> bytes:
    with created(path) as archive:
        writer = LogWriter(archive, {"aik.tracks": 12})
        for each in records:
            writer.write(each)
        writer.finish()
    return path.read_bytes()


@given(RECORDS)
def test_a_line_gives_back_the_record_to_the_byte(original: Stored) -> None:
    line = line_of(original)
    assert b"\n" not in line
    assert record_of(line) == original


def test_a_file_gives_back_its_records_in_their_order_over_any_number_of_parts(tmp_path: Path) -> None:
    records = [record(n, b"x" * (PART_BYTES // 3)) for n in range(8)]
    write(tmp_path / "a", records)
    assert list(records_in(tmp_path / "a")) == records
    assert partitions_in(tmp_path / "a") == {"aik.tracks": 12}


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, [record(1), record(2)]) for name in "ab")
    assert first == second
    assert first[3:8] == bytes(5), "gzip's flags and time: no name, no clock"


def test_a_file_is_never_written_over_and_half_a_file_has_no_name(tmp_path: Path) -> None:
    write(tmp_path / "a", [record(1)])
    with pytest.raises(FileThere):
        write(tmp_path / "a", [record(1)])
    with pytest.raises(ZeroDivisionError), created(tmp_path / "b"):
        _ = 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_and_what_it_is_made_from_are_for_their_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        with created(tmp_path / "a"):
            assert (tmp_path / "a.part").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(umask)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_of_two_who_write_one_file_the_second_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with created(tmp_path / "a") as first:
        with pytest.raises(FileThere, match=r"a\.part"), created(tmp_path / "a"):
            pass
        first.add("name", b"content")
    with parts_of(tmp_path / "a") as parts:
        assert [(name, content.read()) for name, content in parts] == [("name", b"content")]


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileThere), created(tmp_path / "a"):
        (tmp_path / "a").write_bytes(b"mine")
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_whose_last_step_fails_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), created(tmp_path / "a"):
        (tmp_path / "a.part").unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0, 0.2, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a"
    whole = write(path, [record(n, bytes([n]) * 999) for n in range(200)])
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(NotAnExport):
        list(records_in(path))


def test_a_file_without_its_counts_is_refused(tmp_path: Path) -> None:
    with created(tmp_path / "a") as archive:
        LogWriter(archive, {"aik.tracks": 12})
        archive.add("log/000000.jsonl", line_of(record(1)) + b"\n")
    with pytest.raises(NotAnExport, match="should have None"):
        list(records_in(tmp_path / "a"))


MANIFEST, SUMMARY = b'{"format":"aik-log","version":1,"partitions":{"aik.tracks":12}}', b'{"records":{"aik.tracks":1}}'
LINE = line_of(record(1))


def test_a_file_made_of_its_parts_by_hand_is_read(tmp_path: Path) -> None:
    assert list(records_in(made_of(tmp_path / "a", MANIFEST, LINE, SUMMARY))) == [record(1)]


def made_of(path: Path, manifest: bytes, line: bytes, summary: bytes) -> Path:
    with created(path) as archive:
        archive.add("manifest.json", manifest)
        archive.add("log/000000.jsonl", line + b"\n")
        archive.add("summary.json", summary)
    return path


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"[]",
        b"\xff",
        MANIFEST.replace(b'"version":1', b'"version":2'),
        MANIFEST.replace(b"aik-log", b"other"),
        MANIFEST.replace(b'"partitions"', b'"other"'),
        MANIFEST.replace(b"12", b'"12"'),
        MANIFEST.replace(b"12", b"1"),
        MANIFEST.replace(b"aik.tracks", b"aik.progress"),
    ],
)
def test_a_manifest_of_another_form_is_no_export(tmp_path: Path, manifest: bytes) -> None:
    with pytest.raises(NotAnExport):
        list(records_in(made_of(tmp_path / "a", manifest, LINE, SUMMARY)))


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"null",
        b"{}",
        b'"\\ud800"',
        LINE.replace(b'"partition":1', b'"partition":12'),
        LINE.replace(b'"partition":1', b'"partition":-1'),
        LINE.replace(b'"offset":1', b'"offset":"1"'),
        LINE.replace(b'"timestamp":5', b'"timestamp":9223372036854775808'),
        LINE.replace(b'"trk_1"', b'{"base64":"?"}'),
        LINE.replace(b'"trk_1"', b"[116]"),
        LINE.replace(b'["ce_id","1"]', b'["ce_id"]'),
    ],
)
def test_a_line_of_another_form_is_no_export(tmp_path: Path, line: bytes) -> None:
    assert line != LINE
    with pytest.raises(NotAnExport):
        list(records_in(made_of(tmp_path / "a", MANIFEST, line, SUMMARY)))


@pytest.mark.parametrize("topic", ["aik.progress", "aik.dead-letters", "orders"])
def test_records_of_a_topic_that_is_not_kept_are_refused(tmp_path: Path, topic: str) -> None:
    parts = [part.replace(b"aik.tracks", topic.encode()) for part in (LINE, SUMMARY)]
    with pytest.raises(NotAnExport, match="no topic that is exported"):
        list(records_in(made_of(tmp_path / "a", MANIFEST, *parts)))


@pytest.mark.parametrize("summary", [b"", b"[]", b"{}", b'{"records":1}', b'{"records":{"aik.tracks":"1"}}'])
def test_a_summary_of_another_form_is_no_export(tmp_path: Path, summary: bytes) -> None:
    with pytest.raises(NotAnExport):
        list(records_in(made_of(tmp_path / "a", MANIFEST, LINE, summary)))


def test_what_is_wrong_with_a_file_quotes_nothing_of_it(tmp_path: Path) -> None:
    secret = LINE.replace(b'"trk_1"', b'["la la la"]')
    with pytest.raises(NotAnExport) as error:
        list(records_in(made_of(tmp_path / "a", MANIFEST, secret, SUMMARY)))
    assert "la la la" not in str(error.value)


def test_another_archive_is_no_export(tmp_path: Path) -> None:
    with created(tmp_path / "a") as archive:
        archive.add("readme", b"hello")
    with pytest.raises(NotAnExport):
        list(records_in(tmp_path / "a"))
