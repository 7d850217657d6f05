"""A track's story says of every record what it changed, in words."""

from dataclasses import replace

from aik_events.catalogue.results import MadeWith
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event, Qc
from aik_events.telling.story import Row, story
from aik_events.testing.author import Author
from aik_events.testing.minting import BEGIN
from aik_events.testing.objects import artefact


def records_of(*events: Event) -> list[Record]:
    at = Partition("aik.tracks", 0)
    return [Record(at, n, e.meta.subject.encode(), value_of(e), headers_of(e)) for n, e in enumerate(events)]


def told(*events: Event) -> list[tuple[str, tuple[str, ...]]]:
    """Outcome and changes of every event."""
    return [(row.outcome, row.changes) for row in story("trk_1", records_of(*events))]


def test_a_row_has_the_facts_of_its_record() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.step_started("separate", attempt=2)]
    assert story("trk_1", records_of(*events))[1] == Row(
        offset=1,
        time=BEGIN.replace(second=2),
        type="job.step_started",
        version=1,
        step="separate 0/2",
        outcome="accepted",
        changes=("job: queued → running", "step separate: waiting → running"),
        id=events[1].meta.id,
        cause=events[0].meta.id,
        trace=None,
    )


def test_a_job_from_import_to_publication() -> None:
    author = Author()
    events = [author.imported(lyrics=True, title="Quiet River")]
    events_after = [author.finished(step) for step in ("separate", "align", "check", "publish")]
    assert told(*events, *events_after) == [
        (
            "accepted",
            (
                "version 1: new, processing (import)",
                "job queued: separate → align → check → publish",
                "from song.flac (5.0 MB)",
                "title: Quiet River",
            ),
        ),
        (
            "accepted",
            (
                "job: queued → running",
                "step separate: waiting → succeeded",
                "made vocals (1.0 kB), accompaniment (1.0 kB)",
                "duration ms: 10000",
            ),
        ),
        (
            "accepted",
            ("step align: waiting → succeeded", "coverage 0.98, confidence 0.9", "made karaoke (1.0 kB)"),
        ),
        ("accepted", ("step check: waiting → succeeded", "quality check: pass 0.90", "made qc (1.0 kB)")),
        (
            "accepted",
            (
                "version 1: processing → published",
                "job: running → succeeded",
                "step publish: waiting → succeeded",
                "made minus.flac (1.0 kB), karaoke.json (1.0 kB)",
            ),
        ),
    ]


def test_a_result_names_the_engine_that_made_it() -> None:
    author = Author()
    aligner = MadeWith(name="whisper-attention", version="faster-whisper 1.2.1", parameters={"model": "base"})
    transcribed = author.imported(), author.finished("separate", engine="spleeter"), author.finished("transcribe")
    rows = told(*transcribed, author.finished("align", engine=aligner.name, made_with=aligner))
    assert [changes[-1] for _, changes in rows[3:]] == ["by whisper-attention (faster-whisper 1.2.1)"]
    assert "by spleeter" in rows[1][1]
    assert "heard the language en" in rows[2][1]


def test_many_files_are_counted() -> None:
    author = Author()
    files = {f"file-{n}": artefact(f"file-{n}") for n in range(7)}
    rows = told(author.imported(lyrics=True), author.finished("separate", artefacts=files))
    assert "made 7 files (7.0 kB)" in rows[1][1]


def test_the_check_says_its_verdict_and_codes_when_it_warns_and_when_it_refuses() -> None:
    author = Author()
    author_events = [author.imported(lyrics=True), *(author.finished(step) for step in ("separate", "align"))]
    author_events += [author.failed("check", code="qc-failed"), author.retried(accept_qc=True)]
    warned = Qc(verdict="warn", score=0.4, codes=("late-words", "low-confidence"))
    *_, refused, _, accepted = told(*author_events, author.finished("check", qc=warned))
    assert refused[1][-2:] == (
        "qc-failed: too many words start in silence",
        "quality check: warn 0.40 (late-words)",
    )
    assert "quality check: warn 0.40 (late-words, low-confidence)" in accepted[1]


def test_failures_say_why_and_a_retry_where_it_begins() -> None:
    author = Author()
    author_events = [author.imported(lyrics=True), author.step_failed("separate"), author.failed("separate", attempt=2)]
    assert told(*author_events, author.retried())[1:] == [
        (
            "accepted",
            (
                "job: queued → running",
                "step separate: waiting → retrying",
                "engine-failed: the engine stopped; again in 1 s",
            ),
        ),
        (
            "accepted",
            (
                "version 1: processing → failed",
                "job: running → failed",
                "step separate: retrying → failed",
                "engine-failed: the engine stopped",
            ),
        ),
        ("accepted", ("version 1: failed → processing", "job: failed → running", "run 1 begins at separate")),
    ]


def test_a_draft_is_published_by_a_reprocess() -> None:
    author = Author()
    before = [author.imported(lyrics=True), *author.published()]
    after = [author.edited(), author.reprocess("align"), author.canceled(), author.deleted()]
    assert told(*before, *after)[len(before) :] == [
        ("accepted", ("version 2: new, draft (edit, based on 1)",)),
        ("accepted", ("version 2: draft → processing", "job queued: align → check → publish")),
        ("accepted", ("version 2: processing → canceled", "job: queued → canceled")),
        ("accepted", ("track deleted",)),
    ]


def test_rejections_give_their_reason_and_repeats_are_marked() -> None:
    author = Author()
    imported, stale = author.imported(lyrics=True), author.edited(based_on=7)
    assert told(imported, stale, imported, stale)[1:] == [
        ("rejected", ("rejected: stale (the newest version is 1)",)),
        ("repeat", ("again what was accepted before",)),
        ("repeat", ("again what was rejected before: stale (the newest version is 1)",)),
    ]


def broken(record: Record) -> Record:
    return replace(record, value=b"{}", headers={"ce_type": b"lyrics.updated"})


PROBLEM = "the header 'ce_id' is missing"


def test_a_record_that_does_not_decode_holds_back_what_comes_after_it() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.edited(), author.edited()]
    first, second, last = records_of(*events)
    rows = story("trk_1", [first, broken(second), last])
    assert rows[1:] == [
        Row(
            offset=1,
            time=None,
            type="lyrics.updated",
            version=None,
            step=None,
            outcome="undecodable",
            changes=(f"does not decode, this track is held here: {PROBLEM}",),
            id=None,
            cause=None,
            trace=None,
        ),
        Row(
            offset=2,
            time=BEGIN.replace(second=3),
            type="lyrics.updated",
            version=None,
            step=None,
            outcome="waiting",
            changes=("waits behind @1",),
            id=events[2].meta.id,
            cause=None,
            trace=None,
        ),
    ]


def test_a_record_that_is_given_up_lets_go_what_waited_behind_it() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.edited(), author.edited(based_on=1), author.canceled()]
    first, second, *waiting = records_of(*events, author.dropped("aik.tracks", 0, 1))
    rows = story("trk_1", [first, broken(second), *waiting])
    assert [(row.offset, row.outcome, row.changes) for row in rows[1:]] == [
        (1, "dropped", (f"given up by @4: {PROBLEM}",)),
        (2, "accepted", ("version 2: new, draft (edit, based on 1)",)),
        (3, "accepted", ("version 1: processing → canceled", "job: queued → canceled")),
        (4, "accepted", ("gives @1 up, and what waited behind it goes on",)),
    ]


def test_what_is_not_held_cannot_be_given_up() -> None:
    author = Author()
    imported, dropped = author.imported(lyrics=True), author.dropped("aik.tracks", 0, 0)
    assert told(imported, dropped)[1] == ("rejected", ("rejected: not-of-a-track",))


def test_details_say_what_they_were() -> None:
    author = Author()
    imported = author.imported(lyrics=True, title="Old")
    assert told(imported, author.details_changed(title="New"))[1:] == [("accepted", ("title: Old → New",))]
