"""Writes a track's events for tests, so that a test reads like the story it is about."""

from typing import Any, TypeVar

from aik_events.catalogue import (
    JobCanceled,
    JobFailed,
    JobRetried,
    JobStepFailed,
    JobStepStarted,
    LyricsUpdated,
    RecordDropped,
    StepResult,
    TrackDeleted,
    TrackDetailsChanged,
    TrackImported,
    TrackReprocessRequested,
    UnfamiliarResult,
)
from aik_events.catalogue.jobs import StepEvent
from aik_events.event import Event, Qc
from aik_events.fold import evolve
from aik_events.ids import step_event_id
from aik_events.pipeline import steps_at_import, steps_following
from aik_events.testing.minting import Minter
from aik_events.testing.objects import artefact, source_of
from aik_events.testing.results import RESULTS, Result
from aik_events.track import Job, StepState, Track

WARNED = Qc(verdict="warn", score=0.4, codes=("late-words",))
_E = TypeVar("_E", bound=Event)
_S = TypeVar("_S", bound=StepEvent)


class Author:
    """Mints the events of one track: one second apart, with ids that follow from what they say.

    Folds what it writes (`state`), so that steps, runs and versions need no naming: `finished("align")` is about the
    newest job as it stands. A step's events have their real ids: the same call twice gives the same event once more.
    """

    def __init__(self, track: str = "trk_1", *, client: str = "client-1", traceparent: str | None = None) -> None:
        self.state = Track(id=track)
        self._minter = Minter(track, client=client, traceparent=traceparent)
        self._jobs = 0

    @property
    def track(self) -> str:
        return self.state.id

    @property
    def job(self) -> str:
        """The id of the newest job; before there is one, the id that the first one gets."""
        return self.state.job.id if self.state.job else self._job_id(1)

    def imported(self, *, lyrics: bool = False, **fields: Any) -> TrackImported:
        document = artefact(f"tracks/{self.track}/lyrics/1.json") if lyrics else None
        about = {"source": source_of("ast_1"), "steps": steps_at_import(has_lyrics=lyrics), "lyrics": document}
        return self._wrote(TrackImported(meta=self._minter.meta(), **{"job_id": self._next_job(), **about, **fields}))

    def edited(self, *steps: str, based_on: int | None = None, lines_changed: int = 1) -> LyricsUpdated:
        """New lyrics; with steps they open a job as well. `based_on` is the newest version unless given."""
        newest = self.state.newest.number if self.state.versions else 0
        edit = LyricsUpdated(
            meta=self._minter.meta(),
            based_on=newest if based_on is None else based_on,
            lyrics=artefact(f"tracks/{self.track}/lyrics/{newest + 1}.json"),
            lines_changed=lines_changed,
            job_id=self._next_job() if steps else None,
            steps=steps_following(steps) if steps else (),
        )
        return self._wrote(edit)

    def reprocess(self, *steps: str) -> TrackReprocessRequested:
        """These steps and those that follow."""
        meta = self._minter.meta()
        return self._wrote(TrackReprocessRequested(meta=meta, job_id=self._next_job(), steps=steps_following(steps)))

    def details_changed(self, **fields: str | None) -> TrackDetailsChanged:
        return self._wrote(TrackDetailsChanged(meta=self._minter.meta(), changed=tuple(fields), **fields))

    def deleted(self) -> TrackDeleted:
        return self._wrote(TrackDeleted(meta=self._minter.meta()))

    def canceled(self, *, job: str | None = None) -> JobCanceled:
        return self._wrote(JobCanceled(meta=self._minter.meta(), job_id=job or self.job))

    def retried(self, *, job: str | None = None, accept_qc: bool = False) -> JobRetried:
        return self._wrote(JobRetried(meta=self._minter.meta(), job_id=job or self.job, accept_qc=accept_qc))

    def dropped(self, topic: str, partition: int, offset: int) -> RecordDropped:
        """The record of this track that lies there is given up."""
        meta, reason = self._minter.meta(), "nobody can read it"
        return self._wrote(RecordDropped(meta=meta, topic=topic, partition=partition, offset=offset, reason=reason))

    def step_started(self, step: str, *, attempt: int = 1, **about: Any) -> JobStepStarted:
        fields = {"sla_ms": 60_000, "duration_ms": self.state.duration_ms}
        return self._of_step(JobStepStarted, step, attempt, {**fields, **about})

    def step_failed(self, step: str, *, attempt: int = 1, **about: Any) -> JobStepFailed:
        fields = {"code": "engine-failed", "detail": "the engine stopped", "retry_in_ms": 1000}
        return self._of_step(JobStepFailed, step, attempt, {**fields, **about})

    def failed(self, step: str, *, attempt: int = 1, code: str = "engine-failed", **about: Any) -> JobFailed:
        fields: dict[str, Any] = {"code": code, "detail": "the engine stopped", "retryable": True}
        if code == "qc-failed":
            fields = {**fields, "detail": "too many words start in silence", "qc": WARNED}
        return self._of_step(JobFailed, step, attempt, {**fields, **about})

    def finished(self, step: str, *, attempt: int = 1, **about: Any) -> StepResult:
        """The result of this step, its artefacts named after job and run."""
        result = RESULTS.get(step) or Result(UnfamiliarResult, facts={"name": f"track.{step}_finished"})
        job = self.state.job
        fields = {**result.facts, "artefacts": result.artefacts(self.track, self.job, job.run if job else 0)}
        if step == "publish":
            fields = {**fields, "version": job.version if job else 1}
        return self._of_step(result.event, step, attempt, {**fields, **about})

    def went_through(self, *steps: str) -> list[Event]:
        """Each of these steps, started and finished."""
        return [event for step in steps for event in (self.step_started(step), self.finished(step))]

    def published(self) -> list[Event]:
        """The steps that the newest job still has before it, started and finished."""
        return self.went_through(*_left(self.state.job))

    def _job_id(self, number: int) -> str:
        return f"job_{self.track.removeprefix('trk_')}_{number}"

    def _next_job(self) -> str:
        self._jobs += 1
        return self._job_id(self._jobs)

    def _wrote(self, event: _E) -> _E:
        self.state, _ = evolve(self.state, event)
        return event

    def _of_step(self, event: type[_S], step: str, attempt: int, about: dict[str, Any]) -> _S:
        """An event about the newest job's current run, unless `about` says otherwise."""
        job = self.state.job
        named = {"job_id": self.job, "run": job.run if job else 0, "step": step, "attempt": attempt, **about}
        part = None if issubclass(event, StepResult) else attempt
        event_id = step_event_id(named["job_id"], named["run"], step, named.get("name", event.TYPE), part)
        meta = self._minter.meta(event_id, source=f"aik/{step}", cause=job.advanced_by if job else None)
        return self._wrote(event(meta=meta, **named))


def _left(job: Job | None) -> list[str]:
    if job is None or not job.is_open:
        return []
    return [step.step for step in job.steps if step.state is not StepState.SUCCEEDED]
