"""What is found in a log in which something is wrong, and what isn't in one that races alone have shaped."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.event import Event
from aik_events.stored import Stored
from aik_events.telling.ledger import opened_ledger
from aik_events.telling.verifying import Report, check_history
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author

AT = Partition("aik.tracks", 0)


def records_of(events: Iterable[Event], topic: str = "aik.tracks") -> list[Stored]:
    return [
        Stored(Partition(topic, 0), n, 5, e.meta.subject.encode(), value_of(e), tuple(headers_of(e).items()))
        for n, e in enumerate(events)
    ]


def checked(records: list[Stored], *, has_asset: bool = True, right_partition: int = 0) -> Report:
    report = Report()
    check_history(report, records, lambda _: has_asset, right_partition)
    return report


def found(report: Report) -> list[tuple[str, int, str]]:
    return [(each.kind, each.offset, each.detail) for each in report.findings]


def test_races_and_repeats_are_counted_and_nothing_is_wrong() -> None:
    author = Author()
    imported = author.imported(lyrics=True)
    events = [imported, author.canceled(), author.finished("separate"), author.edited(based_on=7), imported]
    report = checked(records_of(events))
    assert report == Report(
        records=Counter({"aik.tracks": 5}),
        aggregates=Counter({"aik.tracks": 1}),
        repeats=1,
        rejected=Counter(late=1, stale=1),
    )


def test_a_result_of_a_job_that_nothing_has_opened_is_found() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.finished("separate", job_id="job_9")]
    assert found(checked(records_of(events))) == [("no-opener", 1, "nothing has opened job_9")]


def test_what_no_race_explains_is_found() -> None:
    author = Author()
    assert found(checked(records_of([author.edited()]))) == [("unexplained", 0, "rejected: unknown-track")]
    author = Author()
    events = [author.imported(lyrics=True), author.finished("align")]
    [(kind, offset, detail)] = found(checked(records_of(events)))
    assert (kind, offset, detail) == ("unexplained", 1, "rejected: out-of-order (the job is at separate)")


def test_what_does_not_decode_is_found_until_it_is_given_up() -> None:
    author = Author()
    first, second, third = records_of([author.imported(lyrics=True), author.edited(), author.edited()])
    report = checked([first, replace(second, headers=()), third])
    assert (found(report), report.waiting) == ([("undecodable", 1, "the header 'ce_id' is missing")], 1)
    [drop] = records_of([author.dropped("aik.tracks", 0, 1)])
    report = checked([first, replace(second, headers=()), replace(drop, offset=3)])
    assert (found(report), report.dropped, report.waiting) == ([], 1, 0)


def test_a_key_in_a_partition_that_is_not_its_own_is_found() -> None:
    records = records_of([Author().imported(lyrics=True)])
    assert found(checked(records, right_partition=4)) == [("wrong-partition", 0, "its key belongs into aik.tracks-4")]


@pytest.mark.parametrize(
    ("headers", "kind"), [(None, "unexplained"), ((), "undecodable")], ids=["rejected", "unreadable"]
)
def test_records_of_one_offset_in_two_partitions_are_told_apart(headers: tuple[()] | None, kind: str) -> None:
    author = Author()
    [imported], [edited] = records_of([author.imported(lyrics=True)]), records_of([author.edited(based_on=7)])
    astray = replace(imported, partition=Partition("aik.tracks", 1))
    report = checked([edited if headers is None else replace(edited, headers=headers), astray])
    where = [(each.kind, each.partition, each.offset) for each in report.findings]
    assert where == [(kind, 0, 0), ("wrong-partition", 1, 0)]


def test_an_event_of_another_client_is_found() -> None:
    events = [Author().imported(lyrics=True), Author(client="client-2").details_changed(title="Mine")]
    [(kind, offset, _), *_] = found(checked(records_of(events)))
    assert (kind, offset) == ("other-client", 1)


def test_an_import_of_an_asset_that_was_never_there_is_found() -> None:
    records = records_of([Author().imported(lyrics=True)])
    assert found(checked(records, has_asset=False)) == [("asset-missing", 0, "there is no event of ast_1")]


def test_assets_have_their_races_too() -> None:
    author = AssetAuthor()
    report = checked(records_of([author.upload_started(), author.uploaded(), author.aborted()], "aik.assets"))
    assert (found(report), report.rejected) == ([], Counter({"asset-uploaded": 1}))
    assert found(checked(records_of([AssetAuthor().uploaded()], "aik.assets"))) == [
        ("unexplained", 0, "rejected: unknown-asset")
    ]


@pytest.fixture
def records() -> list[Stored]:
    """An import, its edit, caused by nothing that is there; and another event with the edit's id."""
    author = Author()
    imported, edited = records_of([author.imported(lyrics=True), author.edited()])
    edited = replace(edited, headers=(*edited.headers, ("aik_causationid", b"gone")))
    return [imported, edited, replace(edited, offset=2, value=b"{}"), replace(edited, offset=3)]


def test_the_ledger_finds_missing_causes_and_ids_that_stand_for_two_things(records: list[Stored]) -> None:
    with opened_ledger() as ledger:
        for record in records:
            ledger.add(record)
        assert ledger.close_entries() == 4
        assert list(ledger.aggregates()) == [records]
        assert list(ledger.without_cause()) == records[1:]
        assert list(ledger.with_reused_id()) == [records[2]]
        assert (ledger.has("aik.tracks", b"trk_1"), ledger.has("aik.assets", b"trk_1")) == (True, False)


def reused(records: list[Stored]) -> list[Stored]:
    with opened_ledger() as ledger:
        for record in records:
            ledger.add(record)
        ledger.close_entries()
        return list(ledger.with_reused_id())


def test_a_result_that_was_told_again_from_another_attempt_is_a_repeat_and_nothing_is_wrong() -> None:
    author = Author()
    imported, first = author.imported(lyrics=True), author.finished("separate")
    made = {kind: each.model_copy(update={"key": f"{each.key}.2"}) for kind, each in first.artefacts.items()}
    again = first.model_copy(update={"attempt": 2, "artefacts": made, "duration_ms": 10_001})
    records = records_of([imported, first, again])
    assert records[1].header["ce_id"] == records[2].header["ce_id"]
    assert reused(records) == []
    report = checked(records)
    assert (found(report), report.repeats) == ([], 1)


def test_results_of_one_id_must_be_of_the_same_run_and_step_of_one_job() -> None:
    author = Author()
    author.imported(lyrics=True)
    first = author.finished("separate")
    for other in ({"run": 1}, {"job_id": "job_9"}, {"step": "align"}):
        records = records_of([first, first.model_copy(update=other)])
        assert reused(records) == [records[1]]
