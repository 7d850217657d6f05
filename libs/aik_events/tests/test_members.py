"""Whether an import waits, goes on or refuses, from who reads the log."""

from collections.abc import Mapping, Sequence

import pytest
from aik_events.log.members import LOOK_AGAIN_S, ServicesRunning, must_wait, readers, until_nobody_reads


class Groups:
    """What each look finds, the last one for ever; a clock that goes on when somebody sleeps, and what is told."""

    def __init__(self, *looks: Mapping[str, int]) -> None:
        self._looks = list(looks)
        self.now_s = 100.0
        self.told: list[Sequence[str]] = []

    async def look(self) -> Mapping[str, int]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    async def wait(self, most_s: float) -> float:
        """How many seconds it took."""
        began = self.now_s
        await until_nobody_reads(
            self.look, most_s=most_s, tell=self.told.append, clock=lambda: self.now_s, sleep=self.sleep
        )
        return self.now_s - began


def test_readers_are_the_groups_that_have_members() -> None:
    assert readers({"aik-qc": 1, "aik-asr": 0, "aik-aligner": 3}) == ["aik-aligner", "aik-qc"]


def test_it_goes_on_when_nobody_reads_waits_while_somebody_does_and_refuses_when_the_time_is_over() -> None:
    assert not must_wait([], 0, 30)
    assert not must_wait([], 31, 30)
    assert must_wait(["aik-qc"], 29.9, 30)
    with pytest.raises(ServicesRunning, match=r"^aik-asr, aik-qc$"):
        must_wait(["aik-asr", "aik-qc"], 30, 30)


async def test_nobody_waits_for_groups_without_members() -> None:
    groups = Groups({"aik-qc": 0})
    assert await groups.wait(30) == 0
    assert groups.told == []


async def test_a_group_that_becomes_empty_in_time_lets_the_import_go_on() -> None:
    groups = Groups({"aik-qc": 1, "aik-asr": 1}, {"aik-qc": 1, "aik-asr": 1}, {"aik-qc": 1}, {"aik-qc": 0})
    assert await groups.wait(30) == 3 * LOOK_AGAIN_S
    assert groups.told == [["aik-asr", "aik-qc"]]


async def test_those_that_stay_are_named_when_the_time_is_over_and_at_once_where_none_is_given() -> None:
    for most_s, told in ((5, [["aik-qc"]]), (0, [])):
        groups = Groups({"aik-qc": 2})
        with pytest.raises(ServicesRunning, match=r"^aik-qc$"):
            await groups.wait(most_s)
        assert groups.now_s == 100 + most_s
        assert groups.told == told
