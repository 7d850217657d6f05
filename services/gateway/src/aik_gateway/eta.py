"""How far steps and jobs are, and how long they will still take: from shares heard and speeds learned, no clocks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import floor
from statistics import fmean, median

from aik_events.track import StepProgress, StepState

SAMPLES = 50
"""So many of a step's newest times decide how long it usually takes."""


@dataclass(frozen=True)
class Heard:
    """What the messages of one attempt said: the highest share, 0…1, and when the first and the newest were sent."""

    attempt: int
    share: float
    at: datetime
    first_share: float
    first_at: datetime

    @property
    def whole_ms(self) -> float | None:
        """How long all of its work takes at the pace of what was heard. A model's loading, before that, doesn't count.

        None before the share has moved.
        """
        moved = self.share - self.first_share
        return _elapsed_ms(self.first_at, self.at) / moved if moved > 0 else None


Hearing = Callable[[str, int, str], Heard | None]
"""(job, run, step) → what was heard of it."""


def unheard(job_id: str, run: int, step: str) -> Heard | None:
    """At the moment of an event, nothing is heard yet of what begins with it."""
    return None


@dataclass(frozen=True)
class Sample:
    """A step that succeeded: how long it took for a song of this duration."""

    step: str
    took_ms: float
    duration_ms: int


@dataclass(frozen=True)
class Speed:
    """How long a step usually takes: in ms, and in ms for each ms of song."""

    took_ms: float
    per_ms: float


@dataclass(frozen=True)
class Speeds:
    steps: Mapping[str, Speed] = field(default_factory=dict)

    def expected_ms(self, step: str, duration_ms: int | None) -> float | None:
        """None when the step was never seen. Of a song whose duration is not known: what the step usually takes."""
        speed = self.steps.get(step)
        if speed is None:
            return None
        return speed.took_ms if duration_ms is None else speed.per_ms * duration_ms

    def weights(self, steps: Sequence[str]) -> list[float]:
        """The steps' shares of their job's time; one that was never seen weighs as much as the others on average.

        They don't depend on the song's duration, so that percent doesn't jump when that becomes known.
        """
        known = [self.steps[step].per_ms for step in steps if step in self.steps]
        usual = fmean(known) if known else 1.0
        return [self.steps[step].per_ms if step in self.steps else usual for step in steps]


def samples_of(steps: Iterable[StepProgress], duration_ms: int) -> list[Sample]:
    """Steps that succeeded at once: the time of a later attempt has the failures and the pauses before it in it."""
    return [
        Sample(step.step, _elapsed_ms(step.started_at, step.finished_at), duration_ms)
        for step in steps
        if step.state is StepState.SUCCEEDED and step.attempt == 1 and step.started_at and step.finished_at
    ]


def learned(samples: Iterable[Sample]) -> Speeds:
    """The newest sample first.

    A step's time is taken to grow with the song. The median is blind to the few that were computed before (they take no
    time) or had to load a model; fitting a fixed part as well would guess wildly for a song unlike those before it.
    """
    by_step: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.duration_ms > 0:
            by_step.setdefault(sample.step, []).append(sample)
    newest = {step: found[:SAMPLES] for step, found in by_step.items()}
    return Speeds(
        {
            step: Speed(
                took_ms=median(sample.took_ms for sample in found),
                per_ms=median(sample.took_ms / sample.duration_ms for sample in found),
            )
            for step, found in newest.items()
        }
    )


@dataclass(frozen=True)
class Estimate:
    """`eta_ms` is None when there is nothing left or nobody knows."""

    percent: int
    eta_ms: int | None


@dataclass(frozen=True)
class Estimator:
    """What is known at one moment of how far jobs are."""

    speeds: Speeds
    hearing: Hearing
    now: datetime

    def step(self, job_id: str, run: int, step: StepProgress, duration_ms: int | None) -> Estimate:
        """Its percent never falls within one attempt; the next attempt begins at 0."""
        heard = self._heard(job_id, run, step)
        left_ms = self._left_ms(step, heard, duration_ms)
        return Estimate(_percent(_share(step, heard)), _eta(step.state is StepState.SUCCEEDED, left_ms))

    def job(self, job_id: str, run: int, steps: Sequence[StepProgress], duration_ms: int | None) -> Estimate:
        """Each step counts for as much of the percent as it usually takes of the time; 100 is said at the end only.

        The time left is the work that is left: nobody knows how long it waits for workers.
        """
        heard = [self._heard(job_id, run, step) for step in steps]
        lefts = [self._left_ms(step, one, duration_ms) for step, one in zip(steps, heard, strict=True)]
        known = [left for left in lefts if left is not None]
        is_done = all(step.state is StepState.SUCCEEDED for step in steps)
        eta_ms = _eta(is_done, sum(known) if len(known) == len(steps) else None)
        weights = self.speeds.weights([step.step for step in steps])
        shares = [_share(step, one) for step, one in zip(steps, heard, strict=True)]
        done = sum(weight * share for weight, share in zip(weights, shares, strict=True))
        return Estimate(100 if is_done else min(99, _percent(done / (sum(weights) or 1.0))), eta_ms)

    def _heard(self, job_id: str, run: int, step: StepProgress) -> Heard | None:
        """What an attempt said that is over says nothing about this one."""
        heard = self.hearing(job_id, run, step.step) if step.state is StepState.RUNNING else None
        return heard if heard is not None and heard.attempt >= step.attempt else None

    def _left_ms(self, step: StepProgress, heard: Heard | None, duration_ms: int | None) -> float | None:
        expected_ms = self.speeds.expected_ms(step.step, duration_ms)
        match step.state:
            case StepState.SUCCEEDED:
                return 0.0
            case StepState.WAITING | StepState.RETRYING:
                return expected_ms
            case StepState.RUNNING:
                return self._left_of_running_ms(step, heard, expected_ms)
            case _:
                return None

    def _left_of_running_ms(self, step: StepProgress, heard: Heard | None, expected_ms: float | None) -> float | None:
        """When a later attempt began that is silent, nobody says: all of its work is taken to be left."""
        if heard is None:
            return self._by_now(expected_ms, step.started_at if step.attempt == 1 else None)
        whole_ms = _blended(heard, expected_ms)
        return self._by_now(None if whole_ms is None else whole_ms * (1 - heard.share), heard.at)

    def _by_now(self, left_ms: float | None, since: datetime | None) -> float | None:
        if left_ms is None or since is None:
            return left_ms
        return max(0.0, left_ms - _elapsed_ms(since, self.now))


def _share(step: StepProgress, heard: Heard | None) -> float:
    if step.state is StepState.SUCCEEDED:
        return 1.0
    return heard.share if heard is not None else 0.0


def _blended(heard: Heard, expected_ms: float | None) -> float | None:
    """The whole time of a running step: the more of it is done, the more its own pace counts."""
    own_ms = heard.whole_ms
    if own_ms is None or expected_ms is None:
        return expected_ms if own_ms is None else own_ms
    return own_ms * heard.share + expected_ms * (1 - heard.share)


def _percent(share: float) -> int:
    """Downwards, but for what is only lost in adding up."""
    return floor(100 * share + 1e-6)


def _eta(is_done: bool, left_ms: float | None) -> int | None:
    return None if is_done or left_ms is None else round(left_ms)


def _elapsed_ms(since: datetime, until: datetime) -> float:
    """Clocks of two machines may differ: never less than nothing."""
    return max(0.0, (until - since).total_seconds() * 1000)
