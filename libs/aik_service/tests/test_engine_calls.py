"""Which calls run together, which wait, which begin again: decided without a process."""

from aik_service.engine_process.calls import Begin, Call, Calls, End, Start
from hypothesis import given
from hypothesis import strategies as st


def begun(calls: Calls) -> list[Call]:
    """Everything that may begin now, begun in a child that is started for it."""
    found = []
    while isinstance(act := calls.next(), (Start, Begin)):
        if isinstance(act, Start):
            calls.started(act.call.engine)
        else:
            calls.begin(act.call)
            found.append(act.call)
    return found


def test_calls_of_one_engine_run_together() -> None:
    calls = Calls()
    asked = [calls.ask("a") for _ in range(3)]
    assert begun(calls) == asked
    assert calls.next() is None


def test_another_engine_waits_until_the_calls_have_ended_and_is_not_overtaken() -> None:
    calls = Calls()
    first, other, later = calls.ask("a"), calls.ask("b"), calls.ask("a")
    assert begun(calls) == [first]
    assert calls.answered(first.number)
    assert calls.next() == End()
    calls.ended(on_purpose=True)
    assert begun(calls) == [other]
    calls.answered(other.number)
    calls.ended(on_purpose=True)
    assert begun(calls) == [later]


def test_a_child_that_nobody_wants_anything_of_ends_at_once() -> None:
    calls = Calls()
    asked = [calls.ask("a"), calls.ask("a")]
    begun(calls)
    assert [calls.withdraw(call) for call in asked] == [True, True]
    assert calls.next() == End()
    assert calls.ended(on_purpose=True).over == tuple(asked)
    assert not calls


def test_one_that_is_withdrawn_has_its_time_and_others_join_meanwhile() -> None:
    calls = Calls()
    one, neighbour = calls.ask("a"), calls.ask("a")
    begun(calls)
    calls.withdraw(one)
    later = calls.ask("a")
    assert begun(calls) == [later]
    assert calls.next() is None
    assert calls.answered(one.number)
    assert calls.next() is None
    assert neighbour.tries == 1


def test_nobody_joins_one_that_is_withdrawn_and_alone_or_has_had_its_time() -> None:
    calls = Calls()
    one, _ = calls.ask("a"), calls.ask("a")
    begun(calls)
    calls.withdraw(one)
    calls.ask("a")
    calls.hurry(one)
    assert calls.next() == End()
    calls = Calls()
    one = calls.ask("a")
    begun(calls)
    calls.withdraw(one)
    calls.ask("a")
    assert calls.next() == End()


def test_who_has_lost_its_work_three_times_to_others_begins_alone_and_loses_it_to_nobody_any_more() -> None:
    calls = Calls()
    neighbour = calls.ask("a")
    for lost in range(3):
        hanging = calls.ask("a")
        assert begun(calls) == [neighbour, hanging]
        assert neighbour.tries == lost + 1
        calls.withdraw(hanging)
        calls.hurry(hanging)
        assert calls.next() == End()
        calls.ended(on_purpose=True)
    later = calls.ask("a")
    assert begun(calls) == [neighbour]
    assert calls.next() is None
    assert calls.answered(neighbour.number)
    assert begun(calls) == [later]


def test_one_that_is_withdrawn_and_stays_has_its_child_ended_and_the_others_begin_again_together() -> None:
    calls = Calls()
    one, *neighbours = [calls.ask("a") for _ in range(3)]
    begun(calls)
    calls.withdraw(one)
    calls.hurry(one)
    later = calls.ask("a")
    assert calls.next() == End()
    ended = calls.ended(on_purpose=True)
    assert (ended.over, ended.again) == ((one,), tuple(neighbours))
    assert begun(calls) == [*neighbours, later]
    assert [call.tries for call in neighbours] == [2, 2]


def test_after_a_death_in_company_each_is_tried_alone_in_order_before_whoever_waits() -> None:
    calls = Calls()
    asked = [calls.ask("a") for _ in range(3)]
    waiting = calls.ask("b")
    begun(calls)
    assert calls.ended(on_purpose=False).over == ()
    for call in asked:
        assert begun(calls) == [call]
        calls.answered(call.number)
    calls.ended(on_purpose=True)
    assert begun(calls) == [waiting]


def test_who_dies_alone_has_failed() -> None:
    calls = Calls()
    one = calls.ask("a")
    begun(calls)
    assert calls.ended(on_purpose=False).over == (one,)


def test_who_had_company_that_has_ended_is_tried_alone() -> None:
    calls = Calls()
    one, other = calls.ask("a"), calls.ask("a")
    begun(calls)
    calls.answered(other.number)
    assert calls.ended(on_purpose=False).again == (one,)
    assert begun(calls) == [one]
    assert calls.ended(on_purpose=False).over == (one,)


def test_who_lacks_memory_in_company_is_tried_alone_when_the_others_have_ended() -> None:
    calls = Calls()
    one, neighbour = calls.ask("a"), calls.ask("a")
    begun(calls)
    assert not calls.answered(one.number, lacks_memory=True)
    later = calls.ask("a")
    assert begun(calls) == []
    assert calls.answered(neighbour.number)
    assert begun(calls) == [one]
    assert calls.answered(one.number, lacks_memory=True)
    assert begun(calls) == [later]


def test_an_answer_that_comes_when_all_has_been_cleared_away_is_the_end_of_its_call() -> None:
    calls = Calls()
    asked = [calls.ask("a"), calls.ask("a")]
    begun(calls)
    calls.clear()
    assert [calls.answered(call.number, lacks_memory=True) for call in asked] == [True, True]
    assert not calls


@given(st.data())
def test_whatever_happens_each_call_ends_once_beside_whom_it_may(data: st.DataObject) -> None:
    world = World()
    for _ in range(data.draw(st.integers(0, 40))):
        world.happen(data.draw(st.sampled_from(WHAT)), data.draw(st.integers(0, 9)))
    while world.calls:
        world.settle()
        world.happen("answer", 0)
    assert sorted(world.ended) == list(range(1, world.asked + 1))


WHAT = ("ask a", "ask b", "answer", "lack", "withdraw", "hurry", "die")


class World:
    """A child as the book sees it."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.asked = 0
        self.there: dict[int, Call] = {}
        self.running: dict[int, Call] = {}
        self.engine: str | None = None
        self.ended: list[int] = []

    def happen(self, what: str, which: int) -> None:
        if what.startswith("ask"):
            call = self.calls.ask(what[-1])
            self.asked += 1
            self.there[call.number] = call
        elif what in ("answer", "lack") and self.running:
            self._answered(sorted(self.running)[which % len(self.running)], what == "lack")
        elif what in ("withdraw", "hurry") and self.there:
            self._withdrawn(self.there[sorted(self.there)[which % len(self.there)]], what == "hurry")
        elif what == "die" and self.engine:
            self._gone(on_purpose=False)
        self.settle()

    def settle(self) -> None:
        while (act := self.calls.next()) is not None:
            match act:
                case Start(call):
                    assert self.engine is None
                    self.engine = call.engine
                    self.calls.started(call.engine)
                case Begin(call):
                    self.calls.begin(call)
                    self.running[call.number] = call
                case End():
                    self._gone(on_purpose=True)
            assert {call.engine for call in self.running.values()} <= {self.engine}
            assert len(self.running) <= 1 or not any(call.alone for call in self.running.values())

    def _answered(self, number: int, lacks_memory: bool) -> None:
        call = self.running.pop(number)
        if self.calls.answered(number, lacks_memory=lacks_memory):
            self._over(call)
        else:
            assert call.alone

    def _withdrawn(self, call: Call, hurry: bool) -> None:
        if not self.calls.withdraw(call):
            self._over(call)
        elif hurry:
            self.calls.hurry(call)

    def _gone(self, *, on_purpose: bool) -> None:
        ended = self.calls.ended(on_purpose=on_purpose)
        assert {*ended.over, *ended.again} == {*self.running.values()}
        assert on_purpose or all(call.alone for call in ended.again)
        self.running.clear()
        self.engine = None
        for call in ended.over:
            self._over(call)

    def _over(self, call: Call) -> None:
        del self.there[call.number]
        self.ended.append(call.number)
