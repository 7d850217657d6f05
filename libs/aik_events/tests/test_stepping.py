"""A track's log record by record: what each let through, and which values it changed."""

from dataclasses import replace

from aik_events.cli.step import moved
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.telling.shortened import shortened
from aik_events.telling.stepping import accepted, differences, moments, state_after
from aik_events.testing.author import Author


def records_of(*events: Event) -> list[Record]:
    at = Partition("aik.tracks", 0)
    return [Record(at, n, e.meta.subject.encode(), value_of(e), headers_of(e)) for n, e in enumerate(events)]


def test_the_state_after_the_last_record_is_what_the_author_has_folded() -> None:
    author = Author()
    records = records_of(author.imported(lyrics=True), *author.published(), author.edited())
    assert state_after("trk_1", records) == (author.state, [])
    assert state_after("trk_1", records[:1])[0] == list(moments("trk_1", records))[1].before


def test_a_moment_has_the_values_that_its_event_changed() -> None:
    author = Author()
    walk = list(
        moments("trk_1", records_of(author.imported(lyrics=True, title="Old"), author.details_changed(title="New")))
    )
    assert differences(walk[1].before, walk[1].after) == {"title": ("Old", "New")}
    assert differences(walk[1].after, walk[1].after) == {}


def test_the_differences_of_shortened_states_are_few_and_short() -> None:
    author = Author()
    *_, started, finished = moments("trk_1", records_of(author.imported(lyrics=True), *author.went_through("separate")))
    steps = "jobs[0].steps[0]"
    assert differences(started.before, started.after, shortened)[steps] == (
        "separate: waiting",
        "separate: running, attempt 1, since 12:00:02",
    )
    whole, short = (differences(finished.before, finished.after, shown) for shown in (lambda it: it, shortened))
    assert "artefacts.vocals.sha256" in whole
    assert short["artefacts.vocals"] == (None, "tracks/trk_1/artefacts/job_1_1-0/vocals.flac (1.0 kB)")
    assert len(short) * 2 < len(whole)


def test_what_is_not_there_any_more_is_a_difference_too() -> None:
    author = Author()
    walk = list(moments("trk_1", records_of(author.imported(lyrics=True), author.failed("separate"), author.retried())))
    changed = differences(walk[2].before, walk[2].after)
    assert changed["jobs[0].failure.code"] == ("engine-failed", None)
    assert changed["jobs[0].run"] == (0, 1)


def test_a_drop_folds_what_waited_at_its_own_moment() -> None:
    author = Author()
    events = [author.imported(lyrics=True), author.edited(), author.edited(based_on=1)]
    first, second, *rest = records_of(*events, author.dropped("aik.tracks", 0, 1))
    walk = list(moments("trk_1", [first, replace(second, headers={"ce_type": b"?"}), *rest]))
    assert [[folding.offset for folding in moment.foldings] for moment in walk] == [[0], [], [], [2]]
    assert [moment.is_held for moment in walk] == [False, True, True, False]
    assert [[reading.record.offset for reading in moment.held] for moment in walk] == [[], [1], [1, 2], []]


def test_an_answer_leads_on_back_to_a_number_or_out_and_never_out_of_the_log() -> None:
    assert [moved(answer, 2, 5) for answer in ("n", "", "p", "5", "99", "0", "what?")] == [3, 3, 1, 4, 4, 0, 2]
    assert (moved("p", 0, 5), moved("n", 4, 5), moved(" Q ", 2, 5)) == (0, 4, None)


def test_only_what_changed_the_track_counts_as_accepted() -> None:
    author = Author()
    imported, stale = author.imported(lyrics=True), author.edited(based_on=7)
    records = records_of(imported, stale, imported, author.details_changed(title="New"))
    assert [folding.offset for folding in accepted("trk_1", records)] == [0, 3]
