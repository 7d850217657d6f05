"""The plan: it follows from its seed, and leaves nobody out."""

from collections import Counter

from tests.faults.plan import Fault, Kind, planned

PROCESSES = ("gateway-api", "separator", "separator-2", "qc")
SERVERS = ("kafka", "postgres", "s3")


def plan(seed: int, count: int) -> tuple[Fault, ...]:
    return planned(seed, count, processes=PROCESSES, servers=SERVERS, every_s=1.5)


def test_the_same_seed_gives_the_same_plan_and_another_one_another() -> None:
    assert plan(1, 50) == plan(1, 50)
    assert plan(1, 50) != plan(2, 50)


def test_a_shorter_plan_is_the_beginning_of_a_longer_one() -> None:
    assert plan(1, 100)[:30] == plan(1, 30)


def test_servers_meet_half_as_many_faults_as_processes() -> None:
    met = Counter(fault.process for fault in plan(1, 110))
    assert met == {**dict.fromkeys(PROCESSES, 20), **dict.fromkeys(SERVERS, 10)}


def test_every_process_meets_every_kind_of_fault_and_most_are_kills() -> None:
    met = Counter((fault.process, fault.kind) for fault in plan(1, 110))
    for name in PROCESSES:
        assert (met[name, Kind.KILL], met[name, Kind.TERMINATE], met[name, Kind.PAUSE]) == (12, 4, 4)
    for name in SERVERS:
        assert (met[name, Kind.KILL], met[name, Kind.TERMINATE], met[name, Kind.PAUSE]) == (6, 2, 2)


def test_faults_come_in_bursts_and_some_pauses_outlast_a_lease() -> None:
    faults = plan(1, 200)
    assert min(fault.after_s for fault in faults) < 0.2
    assert max(fault.after_s for fault in faults) <= 4.5
    assert {fault.pause_s > 3 for fault in faults} == {True, False}
