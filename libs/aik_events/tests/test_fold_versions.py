"""Which version numbers are allotted, and what their lyrics, states and origins are."""

from aik_events.catalogue.results import MadeWith
from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.testing.author import Author
from aik_events.testing.objects import artefact
from aik_events.track import JobState, StepState, Track, Version, VersionState
from aik_events.verdict import Verdict


def judged(author: Author, event: Event) -> Verdict:
    """The verdict that the author's own log has on an event."""
    return author.state.verdicts[event.meta.id]


def summary(author: Author) -> list[tuple[int, str, str, int | None]]:
    return [(v.number, v.state.value, v.origin, v.based_on) for v in author.state.versions]


def published() -> Author:
    author = Author()
    author.imported(lyrics=True)
    author.published()
    return author


def test_import_makes_version_one() -> None:
    author = Author()
    event = author.imported(lyrics=True)
    assert author.state.versions == (
        Version(
            number=1,
            state=VersionState.PROCESSING,
            origin="import",
            created_at=event.meta.time,
            job_id="job_1_1",
            lyrics=artefact("tracks/trk_1/lyrics/1.json"),
        ),
    )


def test_an_edit_makes_a_draft_based_on_the_newest_version() -> None:
    author = published()
    author.edited()
    assert summary(author) == [(1, "published", "import", None), (2, "draft", "edit", 1)]


def test_an_edit_of_anything_but_the_newest_version_is_stale() -> None:
    author = published()
    author.edited()
    assert judged(author, author.edited(based_on=1)).reason == "stale"
    assert judged(author, author.edited(based_on=3)).reason == "stale"
    assert judged(author, author.edited(based_on=2)).accepted


def test_of_two_edits_of_the_same_version_the_first_in_the_log_wins() -> None:
    author = published()
    first, second = author.edited(based_on=1), author.edited(based_on=1)
    assert [judged(author, e).reason for e in (first, second)] == [None, "stale"]


def test_an_edit_while_a_job_runs_makes_a_draft_that_the_job_leaves_alone() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.edited()
    author.published()
    assert summary(author) == [(1, "published", "import", None), (2, "draft", "edit", 1)]
    assert author.state.published == author.state.version(1)


def test_an_edit_with_steps_while_a_job_runs_is_rejected_as_a_whole() -> None:
    author = Author()
    author.imported(lyrics=True)
    assert judged(author, author.edited("align")) == Verdict(reason="job-running", detail="job_1_1")
    assert summary(author) == [(1, "processing", "import", None)]


def test_a_reprocess_publishes_the_newest_draft() -> None:
    author = published()
    author.edited()
    author.reprocess("align")
    author.published()
    assert summary(author) == [(1, "published", "import", None), (2, "published", "edit", 1)]


def test_a_reprocess_without_a_draft_makes_the_next_version_with_the_newest_lyrics() -> None:
    author = published()
    author.reprocess("align")
    assert summary(author) == [(1, "published", "import", None), (2, "processing", "reprocess", 1)]
    assert author.state.newest.lyrics == artefact("tracks/trk_1/lyrics/1.json")


def test_a_reprocess_that_transcribes_leaves_the_draft_and_makes_the_next_version_without_lyrics() -> None:
    author = published()
    author.edited()
    author.reprocess("transcribe")
    assert summary(author)[1:] == [(2, "draft", "edit", 1), (3, "processing", "reprocess", 2)]
    assert author.state.newest.lyrics is None
    author.went_through("transcribe")
    assert author.state.newest.lyrics == artefact("tracks/trk_1/artefacts/job_1_2-0/lyrics.json")


def test_a_job_that_transcribes_does_not_read_what_was_transcribed_before() -> None:
    author = Author()
    author.imported()
    author.published()
    author.reprocess("transcribe")
    assert author.state.job is not None
    assert sorted(author.state.job.inputs) == ["accompaniment", "karaoke", "qc", "vocals"]


def test_an_import_whose_steps_lack_something_makes_no_track() -> None:
    author = Author()
    event = author.imported(steps=("separate", "align", "check", "publish"))
    assert judged(author, event) == Verdict(reason="artefact-missing", detail="transcribe")
    assert author.state == Track(id="trk_1", verdicts=author.state.verdicts)


def test_canceling_burns_the_number() -> None:
    author = published()
    author.reprocess("align")
    author.canceled()
    author.reprocess("align")
    assert summary(author)[1:] == [(2, "canceled", "reprocess", 1), (3, "processing", "reprocess", 2)]


def test_a_failed_version_can_be_edited_and_published() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.went_through("separate")
    author.failed("align")
    author.edited("align")
    author.published()
    assert summary(author) == [(1, "failed", "import", None), (2, "published", "edit", 1)]


def test_a_job_reads_the_newest_lyrics_and_stems_as_they_were_when_it_opened() -> None:
    author = published()
    author.edited("align")
    author.edited()
    assert author.state.job is not None
    stems = "tracks/trk_1/artefacts/job_1_1-0"
    assert {kind: a.key for kind, a in author.state.job.inputs.items()} == {
        "lyrics": "tracks/trk_1/lyrics/2.json",
        "vocals": f"{stems}/vocals.flac",
        "accompaniment": f"{stems}/accompaniment.flac",
        "karaoke": f"{stems}/karaoke.json",
        "earlier-karaoke": f"{stems}/karaoke.json",
        "qc": f"{stems}/qc.json",
    }


def test_only_an_edit_of_the_same_vocals_starts_from_the_karaoke_before_it() -> None:
    author = published()
    author.reprocess("align")
    author.published()
    assert author.state.job is not None
    assert "earlier-karaoke" not in author.state.job.inputs
    author.edited("separate")
    assert "earlier-karaoke" not in author.state.job.inputs


def test_an_edited_draft_that_is_reprocessed_starts_from_the_karaoke_before_it() -> None:
    author = published()
    author.edited()
    author.reprocess("align")
    author.went_through("align")
    assert author.state.job is not None
    job = author.state.jobs[0].id, author.state.job.id
    kept = {kind: author.state.job.inputs[kind].key for kind in ("earlier-karaoke", "karaoke")}
    assert kept == {
        "earlier-karaoke": f"tracks/trk_1/artefacts/{job[0]}-0/karaoke.json",
        "karaoke": f"tracks/trk_1/artefacts/{job[1]}-0/karaoke.json",
    }


def test_the_engines_of_the_newest_results_are_remembered_by_step() -> None:
    author = published()
    author.reprocess("align")
    for name in ("first", "second"):
        author.finished("align", made_with=MadeWith(name=name, version="1"))
    assert author.state.made_with == {"align": MadeWith(name="first", version="1")}


def test_a_job_whose_stems_are_missing_is_rejected_and_names_the_step_to_add() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.failed("separate")
    assert judged(author, author.reprocess("align")) == Verdict(reason="artefact-missing", detail="separate")
    assert judged(author, author.edited("align")) == Verdict(reason="artefact-missing", detail="separate")
    assert summary(author) == [(1, "failed", "import", None)]
    assert judged(author, author.reprocess("separate")).accepted


def test_a_job_whose_lyrics_are_missing_names_transcribe() -> None:
    author = Author()
    author.imported()
    author.failed("separate")
    assert judged(author, author.reprocess("separate")) == Verdict(reason="artefact-missing", detail="transcribe")


def test_details_change_only_where_they_are_named() -> None:
    author = Author()
    author.imported(title="Old", artist="Somebody")
    author.details_changed(title="New")
    author.details_changed(artist=None)
    assert (author.state.title, author.state.artist) == ("New", None)


def test_deleting_cancels_the_open_job_and_keeps_the_states_of_versions() -> None:
    author = published()
    author.reprocess("align")
    author.step_started("align")
    author.deleted()
    assert summary(author) == [(1, "published", "import", None), (2, "processing", "reprocess", 1)]
    assert author.state.job is not None
    assert author.state.job.state is JobState.CANCELED
    assert {step.state for step in author.state.job.steps} == {StepState.CANCELED}


def test_a_job_id_is_used_once() -> None:
    author = published()
    again = author.reprocess("align").model_copy(update={"job_id": "job_1_1"})
    fresh = published()
    assert evolve(fresh.state, again)[1] == Verdict(reason="exists", detail="job_1_1")
