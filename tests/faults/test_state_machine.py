"""The fold and the leases against duplicates, late results, stale attempts, retries, cancels and edits in any order."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.crash.actors import Actors, Held, opened

SONGS = ("trk_a", "trk_b", "trk_c")
ANY = st.integers(0, 11)
"""Chooses one of however many there are."""


class Steps(RuleBasedStateMachine):
    """Workers do with their leases what they like, also when they have lost them; clients ask for what they like."""

    def __init__(self, actors: Actors) -> None:
        super().__init__()
        self.actors = actors
        self.held: list[Held] = []

    @initialize(lyrics=st.booleans())
    def begin(self, lyrics: bool) -> None:
        self.actors.begin_anew()
        self.actors.write(SONGS[0], lambda author: [author.imported(lyrics=lyrics)])
        self.actors.fold(0, everything=True)

    # What clients ask for.

    @rule(song=st.sampled_from(SONGS), lyrics=st.booleans())
    def import_a_song(self, song: str, lyrics: bool) -> None:
        self.actors.write(song, lambda author: [author.imported(lyrics=lyrics)])

    @rule(song=st.sampled_from(SONGS))
    def cancel(self, song: str) -> None:
        self.actors.write(song, lambda author: [author.canceled()])

    @rule(song=st.sampled_from(SONGS))
    def retry(self, song: str) -> None:
        self.actors.write(song, lambda author: [author.retried()])

    @rule(song=st.sampled_from(SONGS), steps=st.sampled_from([(), ("align",), ("separate",)]), behind=st.integers(0, 1))
    def edit(self, song: str, steps: tuple[str, ...], behind: int) -> None:
        self.actors.write(song, lambda author: [author.edited(*steps, based_on=len(author.state.versions) - behind)])

    @rule(song=st.sampled_from(SONGS), step=st.sampled_from(["separate", "transcribe", "publish"]))
    def reprocess(self, song: str, step: str) -> None:
        self.actors.write(song, lambda author: [author.reprocess(step)])

    @precondition(lambda self: len(self.actors.told) > 15)
    @rule(song=st.sampled_from(SONGS))
    def delete(self, song: str) -> None:
        self.actors.write(song, lambda author: [author.deleted()])

    # What the other services tell, and what is told twice.

    @rule(song=st.sampled_from(SONGS), steps=st.integers(1, 4))
    def others_go_on(self, song: str, steps: int) -> None:
        self.actors.others_go_on(song, steps)

    @rule(which=ANY)
    def tell_again(self, which: int) -> None:
        self.actors.tell(self.actors.told[-1 - which % len(self.actors.told)])

    # What the inbox does.

    @rule(partition=ANY, count=st.integers(1, 9))
    def fold(self, partition: int, count: int) -> None:
        self.actors.fold(partition, count)

    @rule()
    def fold_everything(self) -> None:
        self.actors.fold(0, everything=True)

    @rule(partition=ANY, back=st.integers(1, 5))
    def deliver_again(self, partition: int, back: int) -> None:
        assert self.actors.unchanged_by(lambda: self.actors.deliver_again(partition, back))

    @precondition(lambda self: len(self.actors.told) > 5)
    @rule()
    def lose_the_schema(self) -> None:
        self.actors.lose_the_schema()

    # What workers do.

    @rule(worker=st.integers(0, 2))
    def take(self, worker: int) -> None:
        held = self.actors.take(worker)
        if held is not None:
            self.held.append(held)

    @rule()
    def fall_silent_and_be_taken_over(self) -> None:
        """The one that was silent still believes that it holds the task."""
        self.actors.fold(0, everything=True)
        self.take(0)
        self.time_passes()
        self.take(1)

    @rule()
    def time_passes(self) -> None:
        """Every lease that is held, or parked, runs out."""
        self.actors.let_leases_run_out()

    @precondition(lambda self: self.held)
    @rule(which=ANY, write=st.sampled_from(["renew", "park", "give_back"]))
    def write(self, which: int, write: str) -> None:
        self.actors.write_as(self._held(which), write)

    @precondition(lambda self: self.held)
    @rule(which=ANY, what=st.sampled_from(["started", "finished", "failed_for_now", "failed", "taken_over", "refused"]))
    def tell(self, which: int, what: str) -> None:
        self.actors.tell_as(self._held(which), what)

    @precondition(lambda self: self.held)
    @rule(which=ANY)
    def work_as_runners_do(self, which: int) -> None:
        held = self._held(which)
        for what in ("started", "finished"):
            self.actors.tell_as(held, what)
        self.actors.write_as(held, "park")

    def _held(self, which: int) -> Held:
        return self.held[-1 - which % len(self.held)]

    # What is true at every moment.

    @invariant()
    def the_states_are_those_of_the_log_so_far(self) -> None:
        self.actors.check_states()

    @invariant()
    def the_tasks_are_those_that_the_states_ask_for(self) -> None:
        self.actors.check_tasks()

    @invariant()
    def the_history_is_legal(self) -> None:
        self.actors.check_history()

    def teardown(self) -> None:
        """Whatever is open can be brought to its end."""
        self.actors.bring_to_an_end()


@pytest.fixture(scope="module")
def actors(postgres: str) -> Iterator[Actors]:
    with opened(postgres) as made:
        yield made


def test_no_order_of_events_and_leases_breaks_a_rule(actors: Actors) -> None:
    run_state_machine_as_test(
        lambda: Steps(actors),  # type: ignore[arg-type]  # whatever makes one will do
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
