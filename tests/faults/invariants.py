"""What must be true after any number of faults; each invariant yields one word for each thing that it looked at.

None is a thing as it should be, a text says what is wrong with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aik_events.catalogue import JobStepStarted, TrackPublished
from aik_events.messages import message_of
from aik_events.track import Job, JobState

from tests.faults.evidence import Evidence, artefacts_of
from tests.faults.judged import Judged, may_move
from tests.faults.songs import REFUSED, Song

Words = Iterator[str | None]


@dataclass(frozen=True)
class Result:
    """`wrong` says of each thing that is not as it should be what is wrong."""

    name: str
    looked_at: int
    wrong: Sequence[str]


def judge(evidence: Evidence) -> Sequence[Result]:
    return [_result(invariant, evidence) for invariant in INVARIANTS]


def _result(invariant: Callable[[Evidence], Words], evidence: Evidence) -> Result:
    words = list(invariant(evidence))
    name = invariant.__name__.replace("_", " ")
    return Result(name, len(words), [word for word in words if word is not None])


def every_job_ends(evidence: Evidence) -> Words:
    for job in evidence.jobs:
        yield f"{job.id} is {job.state} at {job.next_step}" if job.is_open else None


def every_song_ends_as_it_should(evidence: Evidence) -> Words:
    """As its client saw it, and as the log says. A second track, made by an import whose answer was lost, may fail."""
    jobs = {job.id: job for job in evidence.jobs}
    titles = {track.title for track in evidence.tracks}
    for song in evidence.songs:
        seen = evidence.seen.get(song.number)
        job = jobs.get(seen["jobId"]) if seen else None
        if seen is None or job is None:
            yield f"{song.title}: its client saw no end" if song.title in titles else f"{song.title} is lost"
        elif job.state != seen["state"]:
            yield f"{song.title}: {job.id} is {job.state}, its client was told {seen['state']}"
        else:
            yield None if _as_it_should(song, job) else f"{song.title}: {job.id} is {job.state}, {job.failure}"


def _as_it_should(song: Song, job: Job) -> bool:
    if song.canceled_after_s is not None:
        return job.state in (JobState.CANCELED, JobState.SUCCEEDED)
    if song.refused is not None:
        failure = job.failure
        return failure is not None and (failure.step, failure.code) == (song.refused, REFUSED)
    return job.state is JobState.SUCCEEDED


def every_version_is_published_once(evidence: Evidence) -> Words:
    """By one accepted event; all others that say so have its id and name the same files."""
    for history in evidence.histories.values():
        told: dict[int, list[Judged]] = defaultdict(list)
        for one in history:
            if isinstance(one.event, TrackPublished):
                told[one.event.version].append(one)
        published = {v.number for v in history[-1].after.versions if v.published_at is not None}
        for number in published | told.keys():
            yield _doubled(told[number], number in published)


def _doubled(told: Sequence[Judged], is_published: bool) -> str | None:
    accepted = [one for one in told if one.counts]
    contents = {(one.event.meta.id, one.event.model_dump_json(exclude={"attempt"})) for one in told}
    if is_published == (len(accepted) == 1) and len(contents) <= 1:
        return None
    return f"{told[0].event.meta.subject if told else '?'}: {len(accepted)} accepted, {len(contents)} different ones"


def every_history_is_legal(evidence: Evidence) -> Words:
    for history in evidence.histories.values():
        for one in history:
            yield _illegal(one)


def _illegal(one: Judged) -> str | None:
    """What a record did that it may not do."""
    about = f"{one.event.meta.subject} {one.event.type} {one.event.meta.id}"
    if not one.counts and one.after.model_copy(update={"verdicts": one.before.verdicts}) != one.before:
        return f"{about}: without effect, but it had one"
    if one.verdict.reason == "out-of-order":
        return f"{about}: out of order, {one.verdict.detail}"
    before = {job.id: job for job in one.before.jobs}
    for job in one.after.jobs:
        was = before[job.id].state if job.id in before else None
        if not may_move(was, job.state):
            return f"{about}: {job.id} went from {was} to {job.state}"
    if isinstance(one.event, JobStepStarted) and one.counts and not _first_start(one):
        return f"{about}: attempt {one.event.attempt} of {one.event.step} had started"
    return None


def _first_start(one: Judged) -> bool:
    assert isinstance(one.event, JobStepStarted)
    progress = one.before.job.progress_of(one.event.step) if one.before.job else None
    return progress is not None and one.event.attempt > progress.attempt


def every_named_object_is_there(evidence: Evidence) -> Words:
    for artefact in {a.key: a for one in evidence.judged if one.counts for a in artefacts_of(one.event)}.values():
        found = evidence.objects.get(artefact.key)
        if found is None:
            yield f"{artefact.key} is missing"
        else:
            whole = (found.sha256, found.size_bytes) == (artefact.sha256, artefact.size_bytes)
            yield None if whole else f"{artefact.key} is {found}"


def a_replay_gives_the_same_rows(evidence: Evidence) -> Words:
    live, replayed = Counter(evidence.rows), Counter(evidence.replayed)
    yield from (f"only live: {row}" for row in (live - replayed).elements())
    yield from (f"only replayed: {row}" for row in (replayed - live).elements())
    yield from (None for _ in (live & replayed).elements())


def every_consumer_has_folded_the_same(evidence: Evidence) -> Words:
    tracks = {track.id: track for track in evidence.tracks}
    for schema, folded in evidence.folded.items():
        for id in tracks.keys() | folded.keys():
            yield None if folded.get(id) == tracks.get(id) else f"{schema} has {id} otherwise than the log"


def no_work_is_left(evidence: Evidence) -> Words:
    """No task of a job that has ended, no lease, no open delivery, nothing unread."""
    yield from evidence.left or (None,)


def every_webhook_keeps_its_id(evidence: Evidence) -> Words:
    """One body to an id, one id to a body, whatever the try; and what arrives is what the log calls for."""
    called_for = {webhook_id: body for webhook_id, body in _messages(evidence)}
    ids = defaultdict(set)
    for receipt in evidence.receipts:
        ids[receipt.body].add(receipt.webhook_id)
    for receipt in evidence.receipts:
        as_called_for = called_for.get(receipt.webhook_id) == receipt.body and len(ids[receipt.body]) == 1
        yield None if as_called_for else f"{receipt.webhook_id} is not what the log calls for: {receipt.body}"


def every_webhook_arrives(evidence: Evidence) -> Words:
    arrived = {receipt.webhook_id for receipt in evidence.receipts if receipt.status < 300}
    for webhook_id, body in _messages(evidence):
        yield None if webhook_id in arrived else f"{webhook_id} never arrived: {body}"


def _messages(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for one in evidence.judged:
        message = message_of(one.event, one.after) if one.counts else None
        if message is not None:
            yield message.id, message.body(evidence.public_url)


INVARIANTS: Sequence[Callable[[Evidence], Words]] = (
    every_job_ends,
    every_song_ends_as_it_should,
    every_version_is_published_once,
    every_history_is_legal,
    every_named_object_is_there,
    a_replay_gives_the_same_rows,
    every_consumer_has_folded_the_same,
    no_work_is_left,
    every_webhook_keeps_its_id,
    every_webhook_arrives,
)
