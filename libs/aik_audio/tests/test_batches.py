"""Batches: in order, lazily, shared by those that ask at the same time, and smaller when memory runs out."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from aik_audio.batches import Batcher

FOREVER_S = 60.0
"""Longer than any test: what waits so long waits for something else."""


class Device:
    """Has memory for so many items at once; keeps the batches that it was given."""

    def __init__(self, room: int = 99, error: Exception | None = None, bad: frozenset[int] = frozenset()) -> None:
        self.room = room
        self.error = error or RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        self.bad = bad
        self.batches: list[list[int]] = []
        self.released = 0

    def work(self, batch: Sequence[int]) -> list[int]:
        self.batches.append(list(batch))
        if len(batch) > self.room:
            raise self.error
        if found := self.bad.intersection(batch):
            raise ValueError(f"bad: {sorted(found)}")
        return [item * 10 for item in batch]

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]

    def release(self) -> None:
        self.released += 1


def batcher(device: Device, size: int, delay_s: float = 100 * FOREVER_S, **more: Any) -> Batcher[int, int]:
    return Batcher(size, delay_s, device.work, device.release, **more)


def test_results_come_in_order_from_full_batches_and_a_last_one_of_what_is_left() -> None:
    device = Device()
    batches = batcher(device, 3)
    assert list(batches.results(range(7))) == [0, 10, 20, 30, 40, 50, 60]
    assert (device.sizes, device.released) == ([3, 3, 1], 0)
    assert list(batches.results([])) == []


def test_no_more_items_are_taken_than_the_batch_has() -> None:
    waiting = iter(range(7))
    first = next(batcher(Device(), 3).results(waiting))
    assert (first, next(waiting)) == (0, 3)


class ToolsOwn(Exception):
    """As ONNX Runtime raises them."""


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("CUDA out of memory."),
        RuntimeError("cuBLAS failed with CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
        ToolsOwn("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 8"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_batch_that_does_not_fit_is_halved_and_so_are_those_after_it(error: Exception) -> None:
    device = Device(2, error)
    batches = batcher(device, 8)
    assert list(batches.results(range(9))) == [n * 10 for n in range(9)]
    assert (device.sizes, device.released) == ([8, 4, 2, 2, 2, 2, 1], 2)
    list(batches.results(range(3)))
    assert device.sizes[7:] == [2, 1]


def test_half_of_a_last_batch_is_half_of_what_is_in_it() -> None:
    device = Device(1)
    assert list(batcher(device, 16).results(range(2))) == [0, 10]
    assert device.sizes == [2, 1, 1]


def test_one_item_that_does_not_fit_is_a_memory_error() -> None:
    device = Device(0)
    with pytest.raises(MemoryError):
        list(batcher(device, 4).results(range(5)))
    assert (device.sizes, device.released) == ([4, 2, 1], 3)


def test_another_error_is_no_reason_to_try_again() -> None:
    device = Device(0, RuntimeError("CUDA error: an illegal memory access was encountered"))
    with pytest.raises(RuntimeError, match="illegal"):
        list(batcher(device, 4).results(range(5)))
    assert device.sizes == [4]


def test_a_batch_is_filled_up_to_one_size_and_what_comes_of_the_filling_is_dropped() -> None:
    device = Device()
    batches = batcher(device, 3, filler=lambda item: -item)
    assert list(batches.results(range(1, 6))) == [10, 20, 30, 40, 50]
    assert device.batches == [[1, 2, 3], [4, 5, -4]]


def test_a_batch_that_does_not_fit_for_its_filling_is_halved_too() -> None:
    device = Device(room=2)
    assert list(batcher(device, 4, filler=lambda item: -item).results([1])) == [10]
    assert device.batches == [[1, -1, -1, -1], [1, -1]]


def test_work_that_answers_for_another_number_of_items_is_an_error_and_no_song_s_result() -> None:
    batches: Batcher[int, int] = Batcher(4, 0, lambda batch: batch[1:], lambda: None)
    with pytest.raises(AssertionError, match="3 results of a batch of 4"):
        list(batches.results(range(4)))


class Company:
    """Threads that have their items computed at the same time; the test says when each goes on."""

    def __init__(self, batches: Batcher[int, int], goes_on: threading.Event | None = None) -> None:
        self.batches = batches
        self.pool = ThreadPoolExecutor(8)
        self.goes_on = goes_on or threading.Event()
        self.first: Future[list[int]]

    def asks(self, items: Iterable[int], key: str | None = None) -> "Future[list[int]]":
        return self.pool.submit(lambda: list(self.batches.results(items, key)))

    def halts(self, items: Sequence[int], key: str | None = None) -> "Halted":
        """One that is about to bring these items."""
        halted = Halted(items)
        halted.answer = self.asks(halted.coming(), key)
        assert halted.reached.wait(FOREVER_S)
        return halted


class Halted:
    def __init__(self, items: Sequence[int]) -> None:
        self.items = items
        self.reached, self.goes_on = threading.Event(), threading.Event()
        self.answer: Future[list[int]]

    def coming(self) -> Iterator[int]:
        self.reached.set()
        assert self.goes_on.wait(FOREVER_S)
        yield from self.items


def watched(device: Device, when: Callable[[Sequence[int]], bool]) -> tuple[threading.Event, threading.Event]:
    """Two events: the first is set when such a batch is about to be computed, which then waits for the second."""
    begun, may_end, work = threading.Event(), threading.Event(), device.work

    def watched_work(batch: Sequence[int]) -> list[int]:
        if when(batch):
            begun.set()
            assert may_end.wait(FOREVER_S)
        return work(batch)

    device.work = watched_work  # type: ignore[method-assign]  # the device is ours
    return begun, may_end


def taken(items: Sequence[int]) -> tuple[Iterator[int], threading.Event]:
    """The items, and an event that is set when all of them were taken and nobody has asked for more than there are."""
    all_taken = threading.Event()

    def coming() -> Iterator[int]:
        yield from items
        all_taken.set()

    return coming(), all_taken


def test_several_callers_share_a_batch_and_each_gets_its_own_results() -> None:
    device = Device()
    company = Company(batcher(device, 16))
    late = company.halts([5])
    [(one, one_taken), (two, two_taken)] = [taken(items) for items in ([1, 2], [3, 4])]
    answers = [company.asks(items) for items in (one, two)]
    assert one_taken.wait(FOREVER_S)
    assert two_taken.wait(FOREVER_S)
    late.goes_on.set()
    assert [answer.result(FOREVER_S) for answer in (*answers, late.answer)] == [[10, 20], [30, 40], [50]]
    assert [sorted(batch) for batch in device.batches] == [[1, 2, 3, 4, 5]]


def test_unlike_keys_are_never_in_one_batch_and_do_not_wait_for_each_other() -> None:
    device = Device()
    company = Company(batcher(device, 16))
    other = company.halts([5, 6], "en")
    assert company.asks([1, 2], "ru").result(FOREVER_S) == [10, 20]
    other.goes_on.set()
    assert other.answer.result(FOREVER_S) == [50, 60]
    assert device.batches == [[1, 2], [5, 6]]


def test_a_caller_alone_never_waits() -> None:
    device = Device()
    assert list(batcher(device, 4, delay_s=threading.TIMEOUT_MAX).results(range(6))) == [n * 10 for n in range(6)]


def test_a_full_batch_does_not_wait() -> None:
    device = Device()
    company = Company(batcher(device, 2))
    other = company.halts([5])
    assert company.asks([1, 2]).result(FOREVER_S) == [10, 20]
    other.goes_on.set()


def test_nobody_waits_longer_than_the_delay_for_one_that_brings_nothing() -> None:
    device = Device()
    company = Company(batcher(device, 4, delay_s=0.05))
    other = company.halts([5])
    assert company.asks([1]).result(FOREVER_S) == [10]
    assert device.batches == [[1]]
    other.goes_on.set()


def test_a_caller_that_has_brought_its_last_item_is_not_waited_for() -> None:
    device = Device()
    batches = batcher(device, 4)
    other = batches.results([5, 6])
    assert next(other) == 50  # and the other result is there: it can bring nothing more
    assert list(batches.results([1])) == [10]


@pytest.fixture
def busy() -> Iterator[tuple[Device, Company]]:
    """Computes a batch with another key, and then one of [1, 2] and of what is brought until `Company.goes_on`."""
    device = Device()
    begun, may_end = watched(device, lambda batch: 99 in batch)
    company = Company(batcher(device, 4), goes_on=may_end)
    company.asks([99], "other")
    assert begun.wait(FOREVER_S)
    items, all_taken = taken([1, 2])
    company.first = company.asks(items)
    assert all_taken.wait(FOREVER_S)
    yield device, company
    may_end.set()


def test_items_that_wait_together_are_computed_by_their_keys(busy: tuple[Device, Company]) -> None:
    device, company = busy
    items, all_taken = taken([5, 6])
    other = company.asks(items, "ru")
    assert all_taken.wait(FOREVER_S)
    company.goes_on.set()
    assert (other.result(FOREVER_S), company.first.result(FOREVER_S)) == ([50, 60], [10, 20])
    assert device.batches == [[99], [1, 2], [5, 6]]


def test_a_caller_that_is_closed_takes_its_waiting_items_along(busy: tuple[Device, Company]) -> None:
    device, company = busy
    items, all_taken = taken([5, 6, 7])
    other = company.batches.results(items)
    result = company.pool.submit(next, other)
    assert all_taken.wait(FOREVER_S)
    company.goes_on.set()
    assert (result.result(FOREVER_S), company.first.result(FOREVER_S)) == (50, [10, 20])
    other.close()
    assert list(company.batches.results([3])) == [30]
    assert device.batches == [[99], [1, 2, 5, 6], [3]]


def test_a_caller_whose_items_fail_takes_its_waiting_items_along(busy: tuple[Device, Company]) -> None:
    device, company = busy
    with pytest.raises(OSError, match="cut off"):
        list(company.batches.results(_failing()))
    company.goes_on.set()
    assert company.first.result(FOREVER_S) == [10, 20]  # nobody is waited for
    assert device.batches == [[99], [1, 2]]


def _failing() -> Iterator[int]:
    yield from (5, 6)
    raise OSError("cut off")


def test_a_bad_item_of_one_caller_fails_that_one_and_not_those_in_the_same_batch() -> None:
    device = Device(bad=frozenset([4]))
    company = Company(batcher(device, 16))
    late = company.halts([5])
    items = [taken([1, 2]), taken([3, 4])]
    good, bad = (company.asks(each) for each, _ in items)
    assert all(all_taken.wait(FOREVER_S) for _, all_taken in items)
    late.goes_on.set()
    assert (good.result(FOREVER_S), late.answer.result(FOREVER_S)) == ([10, 20], [50])
    with pytest.raises(ValueError, match=r"bad: \[4\]"):
        bad.result(FOREVER_S)
    assert list(company.batches.results([6])) == [60]


def test_where_memory_runs_out_in_company_every_caller_has_its_results_from_smaller_batches() -> None:
    device = Device(room=2)
    company = Company(batcher(device, 16))
    late = company.halts([5])
    items = [taken([1, 2]), taken([3, 4])]
    answers = [company.asks(each) for each, _ in items]
    assert all(all_taken.wait(FOREVER_S) for _, all_taken in items)
    late.goes_on.set()
    assert [answer.result(FOREVER_S) for answer in (*answers, late.answer)] == [[10, 20], [30, 40], [50]]
    assert device.sizes[:2] == [5, 2]
    assert max(device.sizes[1:]) == 2


def test_callers_that_are_tried_apart_keep_to_the_size_that_fits() -> None:
    device = Device(room=2)

    def work(batch: Sequence[int]) -> list[int]:
        if len(batch) == 8:
            raise ValueError("one of them is bad")
        return device.work(batch)

    company = Company(Batcher(16, 100 * FOREVER_S, work, device.release))
    late = company.halts([1, 2, 3, 4])
    items, all_taken = taken([5, 6, 7, 8])
    other = company.asks(items)
    assert all_taken.wait(FOREVER_S)
    late.goes_on.set()
    assert late.answer.result(FOREVER_S) == [10, 20, 30, 40]
    assert other.result(FOREVER_S) == [50, 60, 70, 80]
    assert (max(device.sizes[1:]), device.released) == (2, 1)


class Withdrawn(BaseException):
    """As a service tells a thread to end."""


def test_where_the_one_that_computes_is_told_to_end_the_others_items_are_computed_by_another() -> None:
    told: list[int] = []

    def work(batch: Sequence[int]) -> list[int]:
        if not told:
            told.append(len(batch))
            raise Withdrawn
        return [item * 10 for item in batch]

    company = Company(Batcher(16, 100 * FOREVER_S, work, lambda: None))
    late = company.halts([5])
    items = [taken([1, 2]), taken([3, 4])]
    answers = [*(company.asks(each) for each, _ in items), late.answer]
    assert all(all_taken.wait(FOREVER_S) for _, all_taken in items)
    late.goes_on.set()
    ended = [answer.exception(FOREVER_S) for answer in answers]
    assert sorted(type(error).__name__ for error in ended) == ["NoneType", "NoneType", "Withdrawn"]
    assert told == [5]


def test_many_callers_of_many_items_all_have_their_own_results() -> None:
    device = Device(room=5)
    batches = batcher(device, 8, delay_s=0.001)
    answers = [Company(batches).asks(range(n, n + 40), key=str(n // 100 % 2)) for n in range(0, 800, 100)]
    for n, answer in enumerate(answers):
        assert answer.result(FOREVER_S) == [item * 10 for item in range(n * 100, n * 100 + 40)]


@pytest.fixture
def failing_filler() -> Batcher[int, int]:
    def filler(item: int) -> int:
        if item == 1:
            raise ValueError("nothing to fill up with")
        return item

    device = Device()
    return Batcher(2, 0, device.work, device.release, filler=filler)


@pytest.fixture
def failing_release() -> Batcher[int, int]:
    """Where memory runs out."""
    device = Device()

    def work(batch: Sequence[int]) -> list[int]:
        if 1 in batch:
            raise MemoryError
        return device.work(batch)

    def release() -> None:
        raise ValueError("the device is lost")

    return Batcher(2, 0, work, release)


@pytest.mark.parametrize("name", ["failing_filler", "failing_release"])
def test_what_fails_around_the_work_fails_those_in_the_batch_and_not_the_one_that_computes(
    name: str, request: pytest.FixtureRequest
) -> None:
    company = Company(request.getfixturevalue(name))
    goes_on, brought = threading.Event(), threading.Event()

    def coming() -> Iterator[int]:
        yield 1  # whose batch is due at once, while its caller is busy with the next item
        brought.set()
        assert goes_on.wait(FOREVER_S)

    bad = company.asks(coming(), "ru")
    assert brought.wait(FOREVER_S)
    assert company.asks([5], "en").result(FOREVER_S) == [50]
    goes_on.set()
    with pytest.raises(ValueError, match=r"nothing to fill|device is lost"):
        bad.result(FOREVER_S)
    assert list(company.batches.results([6])) == [60]


class Tensor:
    """What the work holds while it fails."""


class Holding:
    """Work that fails with something in its hands; `gone` tells of each whether it is let go of."""

    def __init__(self) -> None:
        self._held: list[weakref.ref[Tensor]] = []

    def work(self, batch: Sequence[int]) -> list[int]:
        tensor = Tensor()
        self._held.append(weakref.ref(tensor))
        raise ValueError(f"bad: {batch}")

    @property
    def gone(self) -> list[bool]:
        return [held() is None for held in self._held]


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def failed(batches: Batcher[int, int], items: Iterable[int]) -> str:
    try:
        list(batches.results(items))
    except ValueError as error:
        return str(error)
    raise AssertionError("it did not fail")


@pytest.mark.usefixtures("no_collector")
def test_what_the_work_held_when_it_failed_is_let_go_of_with_the_error() -> None:
    holding = Holding()
    assert failed(Batcher(3, 0, holding.work, lambda: None), range(3)) == "bad: [0, 1, 2]"
    assert holding.gone == [True]


@pytest.mark.usefixtures("no_collector")
def test_what_the_work_held_is_let_go_of_where_callers_are_tried_apart() -> None:
    holding = Holding()
    company = Company(Batcher(16, 100 * FOREVER_S, holding.work, lambda: None))
    late = company.halts([1, 2])
    items, all_taken = taken([3, 4])
    other = company.pool.submit(failed, company.batches, items)
    assert all_taken.wait(FOREVER_S)
    late.goes_on.set()
    assert other.result(FOREVER_S) == "bad: [3, 4]"
    assert isinstance(late.answer.exception(FOREVER_S), ValueError)
    del late
    company.pool.shutdown()
    assert holding.gone == [True] * 3


@pytest.mark.usefixtures("no_collector")
def test_what_the_work_held_is_let_go_of_where_nobody_is_left_to_be_given_the_error() -> None:
    holding = Holding()
    goes_on, brought = threading.Event(), threading.Event()

    def work(batch: Sequence[int]) -> list[int]:
        if 1 not in batch:
            return [item * 10 for item in batch]
        goes_on.set()
        assert isinstance(ended.exception(FOREVER_S), OSError)
        return holding.work(batch)

    def coming() -> Iterator[int]:
        yield 1
        brought.set()
        assert goes_on.wait(FOREVER_S)
        raise OSError("cut off")

    company = Company(Batcher(2, 0, work, lambda: None))
    ended = company.asks(coming(), "ru")
    assert brought.wait(FOREVER_S)
    assert list(company.batches.results([5], "en")) == [50]
    assert holding.gone == [True]
